-- Grain: one row per quarter of CI results: tests that came and tests that went in it. A test went test_gone_days after
-- its last run, so that the number of a quarter that is over does not change.
with came as (

    select
        periods.period,
        count(*) as tests
    from {{ ref('int_feedback__periods') }} as periods
    inner join {{ ref('int_tests__seen') }} as seen
        on seen.first_day >= periods.detected_from and seen.first_day <= periods.detected_to
    group by periods.period

),

went as (

    select
        periods.period,
        count(*) as tests
    from {{ ref('int_feedback__periods') }} as periods
    inner join {{ ref('int_tests__seen') }} as seen
        on
            not seen.is_active
            and {{ days_before('seen.last_day', '-1 * ' ~ threshold('test_gone_days')) }} >= periods.detected_from
            and {{ days_before('seen.last_day', '-1 * ' ~ threshold('test_gone_days')) }} <= periods.detected_to
    group by periods.period

)

select
    periods.period,
    periods.quarter,
    cast(coalesce(came.tests, 0) as bigint) as tests_came,
    cast(coalesce(went.tests, 0) as bigint) as tests_went,
    cast(coalesce(came.tests, 0) - coalesce(went.tests, 0) as bigint) as growth,
    row_number() over (order by periods.quarter desc) as quarters_ago
from {{ ref('int_feedback__periods') }} as periods
left join came on periods.period = came.period
left join went on periods.period = went.period
where periods.quarter is not null and periods.has_whole_suite
