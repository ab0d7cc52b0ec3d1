-- Grain: one row per test of a component: how often it began to fail before incidents, how often it would have by
-- chance, and the exact probability of that (scores.md section 3, rule lb_v1).
with counted as (

    select
        rates.test_id,
        rates.control_days,
        rates.control_days_with_start,
        rates.base_rate,
        count(hits.day) as incidents,
        count(hits.started_on) as hits,
        percentile_cont(0.5e0) within group (order by {{ dbt.datediff('hits.started_on', 'hits.day', 'day') }} asc)
            as median_lead_days
    from {{ ref('int_load_bearing__base_rates') }} as rates
    left join {{ ref('int_load_bearing__hits') }} as hits on rates.test_id = hits.test_id
    group by rates.test_id, rates.control_days, rates.control_days_with_start, rates.base_rate

),

-- P(Binomial(n, q) >= k), each term as the exponential of a sum of logarithms.
tails as (

    select
        counted.test_id,
        least(1.0e0, sum(exp(
            whole.log_factorial - part.log_factorial - rest.log_factorial
            + part.n * ln(counted.base_rate) + rest.n * ln(1 - counted.base_rate)
        ))) as p_value
    from counted
    inner join {{ ref('int_numbers__log_factorial') }} as whole on counted.incidents = whole.n
    inner join {{ ref('int_numbers__log_factorial') }} as part
        on part.n >= counted.hits and part.n <= counted.incidents
    inner join {{ ref('int_numbers__log_factorial') }} as rest on rest.n = counted.incidents - part.n
    where counted.hits > 0
    group by counted.test_id

)

select
    counted.test_id,
    counted.control_days,
    counted.control_days_with_start,
    counted.base_rate,
    counted.incidents,
    counted.hits,
    case when counted.incidents > 0 then counted.hits / counted.incidents / counted.base_rate end as lift,
    case when counted.incidents > 0 then coalesce(tails.p_value, 1.0e0) end as p_value,
    counted.median_lead_days
from counted
left join tails on counted.test_id = tails.test_id
