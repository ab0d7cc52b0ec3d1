-- Grain: one row per period that the incident loop is measured over: now (all incidents until today), earlier (those
-- until a quarter ago, as far as was known then), and each quarter in which incidents were detected.
with quarters as (

    select distinct cast(date_trunc('quarter', days.day) as date) as quarter
    from {{ ref('int_ci__observed_days') }} as days

),

ends as (

    select
        quarter,
        {{ days_before('cast(' ~ dbt.dateadd('month', 3, 'quarter') ~ ' as date)', 1) }} as last_day
    from quarters

)

select
    'now' as period,
    cast(null as date) as quarter,
    cast(null as date) as detected_from,
    cast(null as date) as detected_to,
    observed.observed_to as known_to,
    true as is_complete,
    true as has_whole_suite
from {{ ref('int_ci__observed_range') }} as observed
union all
select
    'earlier' as period,
    cast(null as date) as quarter,
    cast(null as date) as detected_from,
    {{ days_before('run.as_of', 91) }} as detected_to,
    least(observed.observed_to, {{ days_before('run.as_of', 91) }}) as known_to,
    true as is_complete,
    true as has_whole_suite
from {{ ref('int_ci__observed_range') }} as observed
cross join {{ ref('int_run__as_of') }} as run
union all
select
    cast(ends.quarter as string) as period,
    ends.quarter,
    ends.quarter as detected_from,
    ends.last_day as detected_to,
    observed.observed_to as known_to,
    ends.quarter >= observed.observed_from and ends.last_day <= observed.observed_to as is_complete,
    -- In the first weeks of results each test is seen for the first time, however old it is.
    ends.quarter > {{ days_before('observed.observed_from', '-1 * ' ~ threshold('test_gone_days')) }}
    and ends.last_day <= observed.observed_to as has_whole_suite
from ends
cross join {{ ref('int_ci__observed_range') }} as observed
