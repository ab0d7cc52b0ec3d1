{# One view per lake table and kept mart, so that models use plain source(). Runs before every build. #}
{% macro create_raw_views() -%}
    {% if execute and env_var('GAPSIGHT_LAKE', '') %}
        {% do run_query('create schema if not exists raw') %}
        {% do run_query(parts_view()) %}
        {% for node in graph.sources.values() if node.source_name == 'raw' %}
            {% do run_query(raw_view(node.name)) %}
        {% endfor %}
        {% do run_query('create schema if not exists history') %}
        {% for node in graph.nodes.values() if node.config.meta and node.config.meta.keep_history %}
            {% do run_query(history_view(node.name, node.config.meta.keep_history != 'last')) %}
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

{# Spark reads the days from the names of the folders; the schema from any file, as all have the same. #}
{% macro spark__raw_view(table) -%}
    create or replace view raw.{{ table }} as
    select * from parquet.`{{ env_var("GAPSIGHT_LAKE") | replace("`", "``") }}/{{ table }}`
{%- endmacro %}

{# The Parquet files themselves, of tables and of kept marts, without opening them: what says that one of them changed. #}
{% macro parts_view() -%}{{ return(adapter.dispatch('parts_view', 'gapsight')()) }}{%- endmacro %}

{% macro duckdb__parts_view() -%}
    create or replace view raw.parts as
    select filename as path, cast(size as bigint) as bytes, cast(epoch(last_modified) as bigint) as written_at
    from read_blob('{{ env_var("GAPSIGHT_LAKE") | replace("'", "''") }}/*/*/*.parquet')
{%- endmacro %}

{% macro spark__parts_view() -%}
    create or replace view raw.parts as
    select path, length as bytes, unix_seconds(modificationTime) as written_at
    from binaryFile.`{{ env_var("GAPSIGHT_LAKE") | replace("`", "``") }}/*/*/*.parquet`
{%- endmacro %}

{% macro history_view(mart, is_by_day) -%}
    {{ return(adapter.dispatch('history_view', 'gapsight')(mart, is_by_day)) }}
{%- endmacro %}

{# Not by name, for which each file would be opened: all files of a mart have the same columns (orchestration/history.py).
   A query for some days by the names of the files opens no other. #}
{% macro duckdb__history_view(mart, is_by_day) -%}
    create or replace view history.{{ mart }} as
    select *{{ ', try_cast(substr(filename, -18, 10) as date) as file_day' if is_by_day }} from read_parquet(
        '{{ env_var("GAPSIGHT_LAKE") | replace("'", "''") }}/history/{{ mart }}/*.parquet', hive_partitioning = false
    )
{%- endmacro %}

{% macro spark__history_view(mart, is_by_day) -%}
    create table history.{{ mart }} using parquet
    options (path '{{ env_var("GAPSIGHT_LAKE") | replace("'", "\\'") }}/history/{{ mart }}')
{%- endmacro %}
