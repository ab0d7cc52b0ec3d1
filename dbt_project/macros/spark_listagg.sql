{# Spark 4 orders within a group; dbt-spark 1.11 would leave the order out. #}
{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
    {%- if limit_num -%}{{ exceptions.raise_compiler_error('listagg with a limit is not written for Spark') }}{%- endif -%}
    listagg({{ measure }}, {{ delimiter_text }}) {%- if order_by_clause %} within group ({{ order_by_clause }}){%- endif -%}
{%- endmacro %}
