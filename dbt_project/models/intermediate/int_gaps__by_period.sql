-- Grain: one row per period and incident (source, incident_id) that a test was missing for: the days until there was
-- one, or for which there has been none.
select
    periods.period,
    gaps.source,
    gaps.incident_id,
    coalesce(gaps.closed_day <= periods.known_to, false) as is_closed,
    greatest(
        0,
        case
            when gaps.closed_day <= periods.known_to then {{ days_between('gaps.detected', 'gaps.closed_day') }}
            else {{ days_between('gaps.detected', 'periods.known_to') }}
        end
    ) as days,
    {{ days_between('gaps.detected', 'periods.known_to') }} as age_days
from {{ ref('int_incidents__gaps') }} as gaps
inner join {{ ref('int_feedback__periods') }} as periods
    on
        (periods.detected_from is null or gaps.detected >= periods.detected_from)
        and (periods.detected_to is null or gaps.detected <= periods.detected_to)
