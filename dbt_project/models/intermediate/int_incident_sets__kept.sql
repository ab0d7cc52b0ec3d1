-- Grain: one row per component, set and day with an incident that counts: one closer than a window after the one that
-- counted before it is the same trouble (scores.md section 3).
with recursive next_days as (

    select
        days.component,
        days.incident_set,
        days.day,
        min(later.day) as next_day
    from {{ ref('int_incident_sets__days') }} as days
    left join {{ ref('int_incident_sets__days') }} as later
        on
            days.component = later.component
            and days.incident_set = later.incident_set
            and {{ days_before('later.day', threshold('incident_window_days')) }} >= days.day
    group by days.component, days.incident_set, days.day

),

kept as (

    select
        component,
        incident_set,
        min(day) as day
    from next_days
    group by component, incident_set
    union all
    select
        next_days.component,
        next_days.incident_set,
        next_days.next_day as day
    from kept
    inner join next_days
        on
            kept.component = next_days.component
            and kept.incident_set = next_days.incident_set
            and kept.day = next_days.day
    where next_days.next_day is not null

)

select
    component,
    incident_set,
    day
from kept
