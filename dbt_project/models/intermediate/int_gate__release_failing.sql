-- Grain: one row per product: does a Top-N flow fail in the pre-release run?
with needed as (

    select distinct
        top_flows.product,
        tests.repo
    from {{ ref('int_products__top_flows') }} as top_flows
    inner join {{ ref('int_tests__identified') }} as tests on top_flows.flow = tests.flow

),

repos as (

    select
        needed.product,
        cast(count(*) as bigint) as repos,
        cast(count(*) filter (
            where
            release_runs.age_days <= {{ threshold('release_run_max_age_days') }}
            and release_runs.missing_suites_json is null
        ) as bigint) as ready_repos,
        min(release_runs.run_day) as data_until,
        max(release_runs.missing_suites_json) as missing_suites
    from needed
    left join {{ ref('int_release__runs') }} as release_runs on needed.repo = release_runs.repo
    group by needed.product

),

flows as (

    select
        top_flows.product,
        top_flows.flow,
        bool_or(outcomes.is_red) as is_red,
        top_flows.flow || coalesce(
            ' (' || min(case when outcomes.is_red then outcomes.test_name end)
            || case
                when count(*) filter (where outcomes.is_red) > 1
                    then ' and ' || (count(*) filter (where outcomes.is_red) - 1) || ' more'
                else ''
            end || ')',
            ''
        ) as flow_and_tests
    from {{ ref('int_products__top_flows') }} as top_flows
    left join {{ ref('int_release__test_outcomes') }} as outcomes on top_flows.flow = outcomes.flow
    group by top_flows.product, top_flows.flow

),

counted as (

    select
        product,
        cast(count(*) filter (where is_red) as bigint) as failing,
        cast(count(is_red) as bigint) as tested,
        cast(count(*) as bigint) as top_flows,
        {{ dbt.listagg("case when is_red then flow_and_tests end", "', '", "order by flow") }} as failing_flows
    from flows
    group by product

)

select
    products.product,
    counted.failing,
    counted.tested,
    counted.top_flows,
    counted.failing_flows,
    repos.data_until,
    case
        when counted.failing > {{ threshold('release_topn_failing') }} then 'fail'
        when
            coalesce(repos.repos, 0) = 0 or repos.ready_repos < repos.repos or coalesce(counted.tested, 0) = 0
            then 'unknown'
        else 'pass'
    end as status,
    case
        when counted.failing > 0
            then 'Top-N flows with a failing test in the pre-release run: ' || counted.failing_flows
        when coalesce(repos.repos, 0) = 0 then 'no test of a Top-N flow is known'
        when repos.data_until is null then 'no release-stage run is recorded'
        when repos.missing_suites is not null then 'the pre-release run lacks expected suites: ' || repos.missing_suites
        when repos.ready_repos < repos.repos then 'the last release-stage run is missing or too old for a repo'
        when coalesce(counted.tested, 0) = 0 then 'the pre-release run has no test of a Top-N flow'
        else 'no Top-N flow fails; ' || counted.tested || ' of ' || counted.top_flows || ' have tests in the run'
    end as reason
from (select distinct product from {{ ref('int_products__listed') }}) as products
left join counted on products.product = counted.product
left join repos on products.product = repos.product
