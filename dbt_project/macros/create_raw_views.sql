{# One view per lake table, so that models use plain source(). Runs before every build. #}
{% macro create_raw_views() -%}
    {% if execute and env_var('GAPSIGHT_LAKE', '') %}
        {% do run_query('create schema if not exists raw') %}
        {% for node in graph.sources.values() if node.source_name == 'raw' %}
            {% do run_query(raw_view(node.name)) %}
        {% endfor %}
    {% endif %}
{%- endmacro %}

{% macro raw_view(table) -%}{{ return(adapter.dispatch('raw_view', 'gapsight')(table)) }}{%- endmacro %}

{% macro duckdb__raw_view(table) -%}
    create or replace view raw.{{ table }} as
    select * from read_parquet(
        '{{ env_var("GAPSIGHT_LAKE") | replace("'", "''") }}/{{ table }}/*/*.parquet',
        hive_partitioning = true, hive_types = {'day': date}
    )
{%- endmacro %}
