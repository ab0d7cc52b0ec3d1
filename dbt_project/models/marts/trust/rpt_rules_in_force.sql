-- Grain: one row per rule: its value in force, since when, and the next change.
with rules as (

    select
        'threshold' as kind,
        name,
        value,
        mode,
        valid_from
    from {{ ref('thresholds') }}
    union all
    select
        'weight' as kind,
        input as name,
        cast(weight as string) as value,
        cast(null as string) as mode,
        valid_from
    from {{ ref('score_weights') }}
    union all
    select
        'log_reference' as kind,
        input as name,
        cast(log_reference as string) as value,
        cast(null as string) as mode,
        valid_from
    from {{ ref('score_weights') }}
    where log_reference is not null

),

ordered as (

    select
        *,
        row_number() over oldest_first as version,
        lag(value) over oldest_first as old_value,
        lag(mode) over oldest_first as old_mode
    from rules
    window oldest_first as (partition by kind, name order by valid_from asc)

),

-- A row that says again what was in force, as that of a weight whose reference alone changes, is no change.
changes as (

    select *
    from ordered
    where version = 1 or value <> old_value or coalesce(mode, '') <> coalesce(old_mode, '')

),

dated as (

    select
        *,
        lead(valid_from) over (partition by kind, name order by valid_from asc) as next_change,
        lead(value) over (partition by kind, name order by valid_from asc) as next_value,
        lead(mode) over (partition by kind, name order by valid_from asc) as next_mode
    from changes

)

select
    dated.kind,
    dated.name,
    dated.value,
    dated.mode,
    dated.valid_from,
    dated.next_change,
    dated.next_value,
    dated.next_mode
from dated
cross join {{ ref('int_run__as_of') }} as run
where dated.valid_from <= coalesce(run.as_of, dated.valid_from)
qualify row_number() over (partition by dated.kind, dated.name order by dated.valid_from desc) = 1
