{# Rows of a seed as literals. dbt-spark 1.11 would write an empty cell as the text None and stumble over a quote. #}
{% macro spark__load_csv_rows(model, agate_table) %}
    {% set types = model.config.get('column_types', {}) %}
    {% for chunk in agate_table.rows | batch(1000) %}
        {% set rows = [] %}
        {% for row in chunk %}
            {% set cells = [] %}
            {% for name in agate_table.column_names %}
                {% set kind = types.get(name, adapter.convert_type(agate_table, loop.index0)) %}
                {% do cells.append('cast(' ~ gapsight.spark_literal(row[name]) ~ ' as ' ~ kind ~ ')') %}
            {% endfor %}
            {% do rows.append('(' ~ cells | join(', ') ~ ')') %}
        {% endfor %}
        {% do run_query('insert into ' ~ this.render() ~ ' values ' ~ rows | join(', ')) %}
    {% endfor %}
    {{ return('') }}
{% endmacro %}

{% macro spark_literal(value) -%}
    {%- if value is none -%}null
    {%- else -%}'{{ value | string | replace("\\", "\\\\") | replace("'", "\\'") }}'
    {%- endif -%}
{%- endmacro %}
