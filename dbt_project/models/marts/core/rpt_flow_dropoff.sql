-- Grain: one row per flow and runtime (`all` for every runtime): how many started and how many completed it.
-- A role counts 0 only where its event was ever seen before: else nobody knows whether it is sent there.
with users as (

    select
        counts.flow,
        coalesce(counts.runtime, 'unknown') as runtime,
        counts.role,
        case
            when counts.usage_day > {{ days_before('run.as_of', threshold('usage_window_days')) }}
                then counts.events
            else 0
        end as events
    from {{ ref('int_usage__flow_counts') }} as counts
    cross join {{ ref('int_run__as_of') }} as run
    where
        counts.kind = 'event'
        and counts.actor = 'user'
        and counts.flow is not null
        and counts.usage_day <= run.as_of

),

scoped as (

    select
        flow,
        runtime,
        role,
        events
    from users
    union all
    select
        flow,
        'all' as runtime,
        role,
        events
    from users
    union all
    -- What the catalogue expects and nobody ever sent is listed as unknown.
    select distinct
        flow,
        'all' as runtime,
        role,
        cast(null as bigint) as events
    from {{ ref('event_catalogue') }}

),

counted as (

    select
        flow,
        runtime,
        bool_or(role <> 'performed') as has_steps,
        sum(case when role = 'started' then events end) as started,
        sum(case when role = 'completed' then events end) as completed,
        sum(case when role = 'performed' then events end) as performed,
        sum(case when role = 'frustration' then events end) as frustration
    from scoped
    group by flow, runtime

)

select
    counted.flow,
    counted.runtime,
    cast(counted.started as bigint) as started,
    cast(counted.completed as bigint) as completed,
    cast(counted.performed as bigint) as performed,
    cast(counted.frustration as bigint) as frustration,
    {{ ratio('counted.started - counted.completed', 'counted.started') }} as drop_off,
    run.as_of
from counted
cross join {{ ref('int_run__as_of') }} as run
where counted.has_steps
