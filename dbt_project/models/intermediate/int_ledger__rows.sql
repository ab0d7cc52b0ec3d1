-- Grain: one row per inbox file and raw table it filled: how many of its rows count, and how many say what an
-- earlier file (or the same one) had said already.
{% set resolved = [
    ('issues', 'stg_issues__issues'),
    ('issue_changes', 'stg_issues__changes'),
    ('incidents', 'stg_incidents__incidents'),
    ('deployments', 'stg_deployments__deployments'),
    ('commits', 'stg_git__commits'),
    ('test_attempts', 'stg_ci__test_attempts'),
    ('error_events', 'stg_errors__events'),
    ('service_metrics', 'stg_metrics__service_metrics'),
    ('component_sizes', 'stg_git__component_sizes'),
    ('code_owners', 'stg_git__code_owners'),
] %}
with kept as (

    {% for table, model in resolved %}
    select
        file_id,
        '{{ table }}' as table_name,
        count(*) as kept_rows
    from {{ ref(model) }}
    group by file_id
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

in_lake as (

    select
        rows_of.file_id,
        rows_of.table_name,
        sum(rows_of.rows_in_lake) as rows_in_lake,
        bool_or(coalesce(loads.is_duplicate_file, false)) as is_duplicate_file
    from {{ ref('stg_ledger__rows') }} as rows_of
    left join {{ ref('stg_ledger__loads') }} as loads on rows_of.file_id = loads.file_id
    group by rows_of.file_id, rows_of.table_name

),

judged as (

    select
        in_lake.file_id,
        in_lake.table_name,
        in_lake.rows_in_lake,
        case
            when in_lake.table_name in (
                {% for table, model in resolved %}
                '{{ table }}'{{ ',' if not loop.last }}
                {% endfor %}
            ) then coalesce(kept.kept_rows, 0)
            -- Of the other tables a row counts unless its whole file was delivered before.
            when in_lake.is_duplicate_file then 0
            else in_lake.rows_in_lake
        end as kept_rows
    from in_lake
    left join kept on in_lake.file_id = kept.file_id and in_lake.table_name = kept.table_name

)

select
    file_id,
    table_name,
    cast(rows_in_lake as bigint) as rows_in_lake,
    cast(kept_rows as bigint) as kept_rows,
    cast(rows_in_lake - kept_rows as bigint) as duplicate_rows
from judged
