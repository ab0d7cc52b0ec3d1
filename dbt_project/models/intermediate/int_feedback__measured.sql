-- Grain: one row per period and metric of the incident loop: its value and what it is of.
select
    period,
    metric,
    value,
    n
from {{ ref('int_feedback__incident_rates') }}
union all
select
    period,
    metric,
    value,
    n
from {{ ref('int_feedback__gap_times') }}
union all
select
    period,
    metric,
    value,
    n
from {{ ref('int_feedback__suite_rates') }}
