-- Grain: one row per component with tests and observed day: is it a control day, a window or more away from every
-- incident of the component, and how many control days there are from it on (scores.md section 3).
with components as (

    select distinct component
    from {{ ref('int_tests__guarding') }}

),

near as (

    select distinct
        incidents.component,
        {{ days_before('incidents.detected', 'numbers.n - ' ~ threshold('incident_window_days') ~ ' + 1') }} as day
    from {{ ref('int_incidents__current') }} as incidents
    inner join {{ ref('numbers') }} as numbers on numbers.n <= 2 * {{ threshold('incident_window_days') }} - 2
    where incidents.component is not null

)

select
    components.component,
    days.day,
    near.day is null as is_control,
    cast(
        sum(case when near.day is null then 1 else 0 end) over (
            partition by components.component order by days.day desc rows unbounded preceding
        ) as bigint
    ) as control_days_from_here
from components
cross join {{ ref('int_ci__observed_days') }} as days
left join near on components.component = near.component and days.day = near.day
