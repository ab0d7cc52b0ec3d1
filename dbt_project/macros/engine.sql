{# The few places where engines differ. Everything else in this project runs on DuckDB and Spark alike. #}

{% macro json_text(column, key) -%}{{ return(adapter.dispatch('json_text', 'gapsight')(column, key)) }}{%- endmacro %}
{# Value of a key of a JSON object as text; of a list its first element; NULL where there is none. #}
{% macro duckdb__json_text(column, key) -%}
    coalesce(
        json_extract_string({{ column }}, '$."{{ key }}"[0]'), json_extract_string({{ column }}, '$."{{ key }}"')
    )
{%- endmacro %}

{% macro spark__json_text(column, key) -%}
    coalesce(
        get_json_object({{ column }}, '$.{{ key }}[0]'), get_json_object({{ column }}, '$.{{ key }}')
    )
{%- endmacro %}

{% macro json_item(column, position) -%}{{ return(adapter.dispatch('json_item', 'gapsight')(column, position)) }}{%- endmacro %}
{# Element of a JSON list as text; the first stands at 0. #}
{% macro duckdb__json_item(column, position) -%}
    json_extract_string({{ column }}, '$[' || cast({{ position }} as string) || ']')
{%- endmacro %}

{% macro spark__json_item(column, position) -%}
    get_json_object({{ column }}, '$[' || cast({{ position }} as string) || ']')
{%- endmacro %}

{# How many elements a JSON list has; NULL where there is none. Both call it so, and no other engine. #}
{% macro json_items(column) -%}
    json_array_length({{ column }})
{%- endmacro %}

{% macro json_texts(column, key) -%}{{ return(adapter.dispatch('json_texts', 'gapsight')(column, key)) }}{%- endmacro %}
{# As json_text, but all elements of a list, with `, ` between them. #}
{% macro duckdb__json_texts(column, key) -%}
    coalesce(
        nullif(array_to_string(json_extract_string({{ column }}, '$."{{ key }}"[*]'), ', '), ''),
        json_extract_string({{ column }}, '$."{{ key }}"')
    )
{%- endmacro %}

{% macro spark__json_texts(column, key) -%}
    coalesce(
        nullif(array_join(from_json(get_json_object({{ column }}, '$.{{ key }}'), 'array<string>'), ', '), ''),
        get_json_object({{ column }}, '$.{{ key }}')
    )
{%- endmacro %}

{% macro reporting_day(column) -%}{{ return(adapter.dispatch('reporting_day', 'gapsight')(column)) }}{%- endmacro %}
{# The day, in the workspace's reporting zone, of a timestamp stored in UTC. #}
{% macro duckdb__reporting_day(column) -%}
    cast(({{ column }} at time zone 'UTC') at time zone '{{ var("reporting_zone") }}' as date)
{%- endmacro %}

{% macro spark__reporting_day(column) -%}
    cast(from_utc_timestamp({{ column }}, '{{ var("reporting_zone") }}') as date)
{%- endmacro %}

{% macro file_day() -%}{{ return(adapter.dispatch('file_day', 'gapsight')()) }}{%- endmacro %}
{# The as-of day of a kept row as the name of its file says: DuckDB opens no file of another day. Spark knows as_of only. #}
{% macro duckdb__file_day() -%}
    file_day
{%- endmacro %}

{% macro spark__file_day() -%}
    as_of
{%- endmacro %}

{% macro minutes_between(earlier, later) -%}{{ return(adapter.dispatch('minutes_between', 'gapsight')(earlier, later)) }}{%- endmacro %}
{% macro duckdb__minutes_between(earlier, later) -%}
    (epoch({{ later }}) - epoch({{ earlier }})) / 60.0e0
{%- endmacro %}

{% macro spark__minutes_between(earlier, later) -%}
    (unix_micros({{ later }}) - unix_micros({{ earlier }})) / cast(60000000 as double)
{%- endmacro %}

{% macro days_between(earlier, later) -%}
    cast({{ dbt.datediff(earlier, later, 'day') }} as bigint)
{%- endmacro %}
