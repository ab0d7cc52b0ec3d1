-- Grain: one row per source and folder day: every record read is in exactly one class, or the difference shows.
-- Of usage a record is a line or event, which the lake holds as counts; of all else it is a row of the lake.
with rows_of as (

    select
        file_id,
        sum(kept_rows) as kept_rows,
        sum(duplicate_rows) as duplicate_rows
    from {{ ref('int_ledger__rows') }}
    group by file_id

),

files as (

    select
        loads.*,
        loads.family = 'usage' as is_usage,
        -- Usage of such a file is left out whole; of all else its rows meet those of the first one.
        loads.family = 'usage' and loads.is_duplicate_file as is_left_out,
        coalesce(rows_of.kept_rows, 0) as kept_rows,
        coalesce(rows_of.duplicate_rows, 0) as duplicate_rows,
        loose_ends.unmatched_coverage_paths,
        loose_ends.unknown_components,
        loose_ends.assumed_zones as zones_assumed
    from {{ ref('stg_ledger__loads') }} as loads
    left join rows_of on loads.file_id = rows_of.file_id
    left join {{ ref('int_ledger__loose_ends') }} as loose_ends on loads.file_id = loose_ends.file_id
    -- A build for a past day knows nothing of later files; one for the last day accounts for all there are.
    {% if var('as_of') %}
    where loads.folder_day <= (select run.as_of from {{ ref('int_run__as_of') }} as run)
    {% endif %}

),

loaded as (

    select
        source,
        folder_day as day,
        family,
        count(*) as files,
        {% for state in ['partial', 'unreadable', 'duplicate'] %}
        sum(case when file_state = '{{ state }}' then 1 else 0 end) as {{ state }}_files,
        {% endfor %}
        sum(records_read) as records_read,
        sum(case when is_usage then 0 else kept_rows end) as kept_rows,
        {% for class in ['static', 'synthetic', 'bot', 'dropped', 'other', 'rejected'] %}
        sum(case when is_left_out then 0 else {{ class }}_records end) as {{ class }},
        {% endfor %}
        sum(
            case
                when is_left_out then records_read
                when is_usage then duplicate_records
                else duplicate_records + duplicate_rows
            end
        ) as duplicate,
        sum(rows_loaded) as rows_loaded,
        coalesce(sum(unmatched_coverage_paths), 0) as unmatched_coverage_paths,
        coalesce(sum(unknown_components), 0) as unknown_components,
        coalesce(sum(zones_assumed), 0) as assumed_zones
    from files
    group by source, folder_day, family

),

mapped as (

    select
        loads.source,
        loads.folder_day as day,
        sum(case when counts.flow is null then 0 else {{ records_of('counts') }} end) as mapped,
        sum({{ records_of('counts') }}) as users
    from {{ ref('int_usage__flow_counts') }} as counts
    inner join {{ ref('stg_ledger__loads') }} as loads on counts.file_id = loads.file_id
    where counts.actor = 'user'
    group by loads.source, loads.folder_day

),

classed as (

    select
        loaded.*,
        case when loaded.family = 'usage' then coalesce(mapped.mapped, 0) end as user_mapped,
        case when loaded.family = 'usage' then coalesce(mapped.users - mapped.mapped, 0) end as user_unmapped,
        loaded.kept_rows + coalesce(mapped.users, 0) as kept
    from loaded
    left join mapped on loaded.source = mapped.source and loaded.day = mapped.day

)

{% set counts = ['kept', 'user_mapped', 'user_unmapped', 'static', 'synthetic', 'bot', 'dropped', 'other', 'duplicate',
    'rejected', 'rows_loaded', 'unmatched_coverage_paths', 'unknown_components', 'assumed_zones'] %}
select
    source,
    day,
    family,
    {% for count in ['files', 'partial_files', 'unreadable_files', 'duplicate_files', 'records_read'] + counts %}
    cast({{ count }} as bigint) as {{ count }},
    {% endfor %}
    cast(
        records_read - (kept + static + synthetic + bot + dropped + other + duplicate + rejected) as bigint
    ) as difference
from classed
