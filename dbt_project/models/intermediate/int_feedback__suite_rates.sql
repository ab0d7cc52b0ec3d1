-- Grain: one row per period and metric of the suite itself: its value and how many tests it is of. What part of it is
-- dead weight is known of today only.
with counted as (

    select
        -- Of a test of last week nobody can say that it did not fail in half a year.
        count(*) filter (where is_active and is_old_enough) as old,
        count(*) filter (where is_active and is_old_enough and has_no_failed_attempt) as without_failure,
        count(*) filter (where is_active and is_old_enough and has_enough_opportunities) as judged,
        count(*) filter (where verdict = 'dead_weight') as dead_weight
    from {{ ref('int_test_value__judged') }}

),

quarters as (

    select count(*) as quarters
    from {{ ref('int_feedback__suite_growth') }}

)

select
    'now' as period,
    'dead_weight_ratio' as metric,
    {{ ratio('dead_weight', 'judged') }} as value,
    cast(judged as bigint) as n
from counted
union all
select
    'now' as period,
    'dead_weight_ratio_naive' as metric,
    {{ ratio('without_failure', 'old') }} as value,
    cast(old as bigint) as n
from counted
union all
select
    case growth.quarters_ago when 1 then 'now' else 'earlier' end as period,
    'suite_growth' as metric,
    -- One quarter alone does not say where it goes.
    case when quarters.quarters >= 2 then cast(growth.growth as double) end as value,
    growth.tests_came + growth.tests_went as n
from {{ ref('int_feedback__suite_growth') }} as growth
cross join quarters
where growth.quarters_ago <= 2
union all
select
    period,
    'suite_growth' as metric,
    cast(growth as double) as value,
    tests_came + tests_went as n
from {{ ref('int_feedback__suite_growth') }}
