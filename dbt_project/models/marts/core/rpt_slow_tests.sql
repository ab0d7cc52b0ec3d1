-- Grain: one row per test whose duration is known: what it costs, what a usual duration would save, and its budget.
with targets as (

    select
        platform,
        percentile_cont(0.5e0) within group (order by p50_ms asc) as target_ms
    from {{ ref('int_tests__durations') }}
    group by platform

),

costs as (

    select
        durations.*,
        targets.target_ms,
        {{ stable('durations.runs_per_week * durations.p50_ms * (1 + durations.extra_attempts) / 60000') }}
            as minutes_per_week,
        {{ stable('durations.runs_per_week * durations.p50_ms * durations.extra_attempts / 60000') }}
            as rerun_minutes_per_week,
        {{ stable('durations.runs_per_week * greatest(0, durations.p50_ms - targets.target_ms) / 60000') }}
            as saved_minutes_per_week
    from {{ ref('int_tests__durations') }} as durations
    inner join targets on durations.platform = targets.platform

)

select
    costs.test_id,
    tests.flow,
    tests.component,
    tests.owner,
    tests.tier,
    costs.platform,
    cast(row_number() over (order by costs.minutes_per_week desc, costs.test_id asc) as bigint) as cost_rank,
    costs.runs,
    cast(costs.runs_per_week as double) as runs_per_week,
    cast(costs.extra_attempts as double) as extra_attempts,
    costs.timed_runs,
    cast(costs.p50_ms as double) as p50_ms,
    cast(costs.target_ms as double) as target_ms,
    cast(costs.minutes_per_week as double) as minutes_per_week,
    cast(costs.rerun_minutes_per_week as double) as rerun_minutes_per_week,
    cast(costs.saved_minutes_per_week as double) as saved_minutes_per_week,
    latency.p95_ms as production_p95_ms,
    latency.p95_ms * {{ threshold('budget_requests') }} as budget_ms,
    costs.p50_ms > latency.p95_ms * {{ threshold('budget_requests') }} as is_over_budget,
    run.as_of
from costs
inner join {{ ref('int_tests__identified') }} as tests on costs.test_id = tests.test_id
-- A unit test sends no requests: production says nothing of it.
left join {{ ref('int_flow_latency__p95') }} as latency
    on tests.flow = latency.flow and coalesce(tests.tier, '') not in ('unit', 'packaging')
cross join {{ ref('int_run__as_of') }} as run
