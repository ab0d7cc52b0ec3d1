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

dated as (

    select
        *,
        lead(valid_from) over (partition by kind, name order by valid_from asc) as next_change,
        lead(value) over (partition by kind, name order by valid_from asc) as next_value
    from rules

)

select
    dated.kind,
    dated.name,
    dated.value,
    dated.mode,
    dated.valid_from,
    dated.next_change,
    dated.next_value
from dated
cross join {{ ref('int_run__as_of') }} as run
where dated.valid_from <= coalesce(run.as_of, dated.valid_from)
qualify row_number() over (partition by dated.kind, dated.name order by dated.valid_from desc) = 1
