-- Grain: one row per component with tests: its control days, and before how many of them some test of it began to
-- fail in a window. What was counted, where 1 - prod(1 - base_rate) of many tests with a short history is mostly their
-- prior.
with known as (

    select
        component,
        min(from_day) as from_day,
        max(control_days) as control_days
    from {{ ref('int_control_days__counted') }}
    group by component

),

counted as (

    select
        known.component,
        max(known.control_days) as control_days,
        count(distinct after_start.day) as control_days_with_start
    from known
    left join {{ ref('int_control_days__after_start') }} as after_start
        on known.component = after_start.component and known.from_day <= after_start.day
    group by known.component

)

select
    component,
    control_days,
    control_days_with_start,
    case
        when control_days >= {{ threshold('chance_min_control_days') }}
            then {{ ratio('control_days_with_start', 'control_days') }}
    end as p_any_failure_measured
from counted
