{# Is a committed file the one a report calls `path`? The report's path begins at the tool's root, a class has no ending. #}
{% macro is_test_file(file, path) -%}
    (
        right('/' || {{ file }}, length({{ path }}) + 1) = '/' || {{ path }}
        or right(
            substr('/' || {{ file }}, 1, length({{ file }}) - length(split_part({{ file }}, '.', -1))),
            length({{ path }}) + 1
        ) = '/' || {{ path }}
    )
{%- endmacro %}

{# The name of a file up to its first point, to join on before paths are compared. #}
{% macro file_stem(path) -%}
    split_part(split_part({{ path }}, '/', -1), '.', 1)
{%- endmacro %}

{# A name without blanks, underscores, hyphens, points and capitals: what it has in common in any spelling. #}
{% macro squashed(name) -%}
    lower(translate({{ name }}, ' _-.', ''))
{%- endmacro %}
