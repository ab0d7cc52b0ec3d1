{# The rows of a raw table, each with the number of the delivery that brought it. #}
{% macro told(table) -%}
    (
        select
            rows_of.*,
            loads.delivery_number
        from {{ source('raw', table) }} as rows_of
        left join {{ ref('stg_ledger__loads') }} as loads on rows_of._file = loads.file_id
    ) as told
{%- endmacro %}

{# Rows that agree in the first so many columns are one, of the delivery that brought it first. #}
{% macro group_by_first(columns) -%}
    group by {% for position in range(1, columns + 1) %}{{ position }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# A JSON list of texts as one text. A comma between quotes ends a member: inside one, quotes are escaped. No
   literal holds a quote or a backslash, which Spark would read otherwise. #}
{% macro json_list_text(column) -%}
    replace(
        replace(
            replace(
                substr({{ column }}, 3, length({{ column }}) - 4), chr(34) || ',' || chr(34), '; '
            ),
            chr(92) || chr(34), chr(34)
        ),
        chr(92) || chr(92), chr(92)
    )
{%- endmacro %}

{# Whose commits follow one another. A run that names no branch is taken for one of it. #}
{% macro is_main_branch(branch) -%}
    coalesce({{ branch }}, 'main') in ('main', 'master', 'trunk')
{%- endmacro %}

{# Whether an environment, as its tool calls it in lower case, is the one that customers use. #}
{% macro is_production(environment) -%}
    {{ environment }} in ('production', 'prod', 'live')
{%- endmacro %}
