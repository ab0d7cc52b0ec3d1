-- Grain: one row per gate, product and rule: pass, fail or unknown, with the numbers behind it.
with rules as (

    select
        'release' as gate,
        product,
        'topn_flow_failing' as rule,
        'release_topn_failing' as threshold_name,
        status,
        cast(failing as double) as numerator,
        cast(tested as double) as denominator,
        cast(failing as double) as value,
        'release_run_max_age_days' as window_name,
        data_until,
        reason
    from {{ ref('int_gate__release_failing') }}
    union all
    select
        'release' as gate,
        product,
        'flake_budget' as rule,
        'release_flake_budget' as threshold_name,
        case
            when flake_rate is null then 'unknown'
            when flake_rate > {{ threshold('release_flake_budget') }} then 'fail'
            else 'pass'
        end as status,
        cast(flaky_test_runs as double) as numerator,
        cast(test_runs as double) as denominator,
        flake_rate as value,
        'release_window_days' as window_name,
        data_until,
        case
            when flake_rate is null then 'no run of a blocking pipeline in the window'
            else
                flaky_test_runs || ' of ' || test_runs || ' test runs of blocking pipelines failed for a flaky test; '
                || noisy_test_runs || ' in noisy runs left out'
        end as reason
    from {{ ref('int_product__ci_health') }}
    union all
    select
        'release' as gate,
        coverage.product,
        'topn_coverage' as rule,
        'release_coverage' as threshold_name,
        case
            when coverage.below > 0 then 'fail'
            when coverage.top_flows = 0 or coverage.measured < coverage.top_flows then 'unknown'
            else 'pass'
        end as status,
        cast(coverage.measured - coverage.below as double) as numerator,
        cast(coverage.top_flows as double) as denominator,
        coverage.mean_coverage as value,
        'coverage_max_age_days' as window_name,
        {{ days_before('run.as_of', 'coverage.oldest_age_days') }} as data_until,
        case
            when coverage.below > 0
                then
                    'Top-N flows below the target: ' || coverage.flows_below
                    || coalesce('; unmeasured: ' || nullif(coverage.flows_unmeasured, ''), '')
            when coverage.top_flows = 0 then 'no flow with known usage'
            when coverage.measured < coverage.top_flows then 'unmeasured Top-N flows: ' || coverage.flows_unmeasured
            else 'every Top-N flow is at the target or above'
        end as reason
    from {{ ref('int_product__coverage') }} as coverage
    cross join {{ ref('int_run__as_of') }} as run

)

select
    rules.gate,
    rules.product,
    rules.rule,
    rules.status,
    thresholds.mode,
    rules.numerator,
    rules.denominator,
    rules.value,
    cast(thresholds.value as double) as threshold,
    cast(windows.value as bigint) as window_days,
    rules.data_until,
    rules.reason,
    rules.status = 'fail' and thresholds.mode = 'block' as is_blocking,
    run.as_of
from rules
inner join {{ ref('int_thresholds__in_force') }} as thresholds on rules.threshold_name = thresholds.name
left join {{ ref('int_thresholds__in_force') }} as windows on rules.window_name = windows.name
cross join {{ ref('int_run__as_of') }} as run
