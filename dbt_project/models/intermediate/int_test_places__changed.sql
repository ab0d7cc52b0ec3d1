-- Grain: one row per place that tests left or came to: how many did, and how many there stayed.
with turnover as (

    select
        place,
        count(distinct case when turn = 'went' then base_id end) as went,
        count(distinct case when turn = 'came' then base_id end) as came
    from {{ ref('int_tests__turnover') }}
    group by place

),

gone as (

    select distinct base_id
    from {{ ref('int_tests__turnover') }}
    where turn = 'went'

),

stayed as (

    select
        tests.place,
        count(distinct spans.base_id) as tests
    from {{ ref('int_tests__lifespans') }} as spans
    inner join {{ ref('int_tests__places') }} as tests on spans.base_id = tests.base_id
    left join gone on spans.base_id = gone.base_id
    where gone.base_id is null
    group by tests.place

)

select
    turnover.place,
    turnover.went,
    turnover.came,
    cast(coalesce(stayed.tests, 0) as bigint) as stayed
from turnover
left join stayed on turnover.place = stayed.place
