-- Grain: one row per quarter that has passed (1: the last one): the kept day at its beginning.
with aged as (

    select
        as_of,
        age,
        {{ threshold('backtest_horizon_days') }} as horizon
    from {{ ref('int_history__days') }}

)

select
    cast(floor(age / horizon) as bigint) as quarter,
    max(as_of) as as_of
from aged
-- A day much before the quarter's beginning would know less than was known then.
where age >= horizon and age - horizon * floor(age / horizon) <= {{ threshold('backtest_max_lag_days') }}
group by 1
