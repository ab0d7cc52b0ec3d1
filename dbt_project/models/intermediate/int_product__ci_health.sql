-- Grain: one row per product (and `all`): shares over blocking pipelines in the release window.
with pipelines as (

    select
        product,
        run_id,
        bool_or(is_flaky_failing) as is_flaky_failing
    from {{ ref('int_blocking__test_runs') }}
    where not noisy
    group by product, run_id

),

by_pipeline as (

    select
        product,
        {{ ratio('count(*) filter (where is_flaky_failing)', 'count(*)') }} as flake_share_by_pipelines
    from pipelines
    group by product

),

durations as (

    select
        members.product,
        percentile_cont(0.5e0) within group (order by runs.minutes asc)
            as median_ci_min
    from (select distinct
        product,
        run_id
    from {{ ref('int_blocking__test_runs') }}) as members
    inner join {{ ref('stg_ci__runs') }} as runs on members.run_id = runs.run_id
    where runs.minutes is not null
    group by members.product

),

stability as (

    select
        listed.product,
        {{ ratio('count(*) filter (where not outcomes.is_last_red)', 'count(*)') }} as critical_stability
    from {{ ref('int_test_runs__outcomes') }} as outcomes
    inner join {{ ref('int_ci_runs__noise_flagged') }} as noise on outcomes.run_id = noise.run_id and not noise.noisy
    inner join {{ ref('int_tests__identified') }} as tests on outcomes.test_id = tests.test_id
    inner join {{ ref('int_flows__catalogued') }} as flows on tests.flow = flows.flow and flows.is_critical
    inner join {{ ref('int_products__listed') }} as listed on tests.flow = listed.flow
    cross join {{ ref('int_run__as_of') }} as run
    where
        {{ is_main_branch('outcomes.branch') }}
        and outcomes.run_day <= run.as_of
        and outcomes.run_day > {{ before_window(threshold('release_window_days')) }}
    group by listed.product

),

by_test as (

    select
        product,
        cast(count(*) filter (where not noisy) as bigint) as test_runs,
        cast(count(*) filter (where noisy) as bigint) as noisy_test_runs,
        cast(count(*) filter (where is_flaky_failing) as bigint) as flaky_test_runs,
        {{ ratio('count(*) filter (where is_flaky_failing)', 'count(*) filter (where not noisy)') }} as flake_rate,
        {{ ratio('count(*) filter (where not is_last_red and not noisy)', 'count(*) filter (where not noisy)') }}
            as pass_rate,
        {{ ratio('count(distinct case when is_flaky_failing then test_id end)', 'count(distinct test_id)') }}
            as flake_share_by_tests,
        max(run_day) as data_until
    from {{ ref('int_blocking__test_runs') }}
    group by product

)

select
    products.product,
    coalesce(by_test.test_runs, 0) as test_runs,
    coalesce(by_test.noisy_test_runs, 0) as noisy_test_runs,
    coalesce(by_test.flaky_test_runs, 0) as flaky_test_runs,
    by_test.flake_rate,
    by_test.pass_rate,
    by_test.flake_share_by_tests,
    by_pipeline.flake_share_by_pipelines,
    stability.critical_stability,
    durations.median_ci_min,
    by_test.data_until
from (select distinct product from {{ ref('int_products__listed') }}) as products
left join by_test on products.product = by_test.product
left join by_pipeline on products.product = by_pipeline.product
left join durations on products.product = durations.product
left join stability on products.product = stability.product
