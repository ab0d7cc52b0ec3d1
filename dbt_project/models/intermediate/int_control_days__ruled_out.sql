-- Grain: one row per component and observed day that is less than a window away from one of its incidents: every other
-- observed day is a control day of the component (scores.md section 3).
select distinct
    incidents.component,
    {{ days_before('incidents.detected', 'numbers.n - ' ~ threshold('incident_window_days') ~ ' + 1') }} as day
from {{ ref('int_incidents__current') }} as incidents
inner join {{ ref('numbers') }} as numbers on numbers.n <= 2 * {{ threshold('incident_window_days') }} - 2
inner join {{ ref('int_ci__observed_range') }} as observed
    on
        {{ days_before('incidents.detected', 'numbers.n - ' ~ threshold('incident_window_days') ~ ' + 1') }}
        between observed.observed_from and observed.observed_to
where incidents.component is not null
