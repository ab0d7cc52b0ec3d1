{# Where a test lies, by structure alone, so that one test has one id whatever format it was reported in
   (docs/decisions.md, Identity of tests). A rule changes spelling only where that cannot make two tests one. #}

{# Is it a path of a JavaScript or TypeScript file? #}
{% macro is_script(path) -%}
    (
        {{ path }} like '%.ts' or {{ path }} like '%.js' or {{ path }} like '%.tsx' or {{ path }} like '%.jsx'
        or {{ path }} like '%.mts' or {{ path }} like '%.mjs' or {{ path }} like '%.cts' or {{ path }} like '%.cjs'
    )
{%- endmacro %}

{# `tests/shop/test_cart.py` as Python names it: tests.shop.test_cart; NULL for any other file. #}
{% macro python_module(path) -%}
    case when {{ path }} like '%.py' then replace(substr({{ path }}, 1, length({{ path }}) - 3), '/', '.') end
{%- endmacro %}

{# The module in a dotted class of pytest: its last part that is named as pytest's modules are (test_x, x_test), all
   parts after it being classes by their capital. Empty where that does not tell. #}
{% macro pytest_module(class_name) -%}
    regexp_extract({{ class_name }}, '^(([^.]+[.])*(test_[^.]*|[^.]+_test))([.][A-Z_][^.]*)*$', 1)
{%- endmacro %}

{# The dotted module a report's class begins with: by its file, else where pytest's defaults make it certain; else NULL,
   as in a pytest-json-report, which holds file and class apart. #}
{% macro known_module() -%}
    case
        when source = 'pytest_json' then null
        when
            class_name = {{ python_module('file') }}
            or substr(class_name, 1, length(file) - 2) = {{ python_module('file') }} || '.'
            then {{ python_module('file') }}
        when
            (file is null or file like '%.py')
            and (suite = 'pytest' or (suite like '% › %' and replace(suite, ' › ', '.') = class_name))
            then nullif({{ pytest_module('class_name') }}, '')
    end
{%- endmacro %}

{% macro test_file() -%}
    case
        when module is not null then replace(module, '.', '/') || '.py'
        when is_class_script then class_name
        else file
    end
{%- endmacro %}

{# T6: a test is known by repo, suite, file and names; its parameters are not part of the base id. #}
{% macro test_base_id() -%}
    coalesce(repo, '')
    || case
        when suite is null or has_titles_in_suite or is_suite_known then ''
        else '::' || suite
    end
    || coalesce('::' || {{ test_file() }}, '')
    || case
        when module is not null then coalesce('::' || nullif(substr(class_name, length(module) + 2), ''), '')
        when class_name is null or is_class_script then ''
        else '::' || class_name
    end
    || '::'
    || case when has_titles_in_suite then replace(suite, ' > ', ' › ') || ' › ' else '' end
    || name
{%- endmacro %}

{# Parameters stand in brackets: `test_a` with `b` is not `test_ab`. #}
{% macro test_id(base_id) -%}
    {{ base_id }}
    || coalesce('[' || params || ']', '')
    || case when occurrence > 1 then '#' || cast(occurrence as string) else '' end
{%- endmacro %}
