{# T6: a test is known by repo, suite, file and names; its parameters are not part of the base id. #}
{% macro test_base_id() -%}
    coalesce(repo, '')
    || case when suite is null or suite = class_name or suite = file then '' else '::' || suite end
    || coalesce('::' || file, '')
    || coalesce('::' || class_name, '')
    || '::' || name
{%- endmacro %}
