-- Grain: one row per flow and platform (or `all`) whose coverage its own tests tell: of each component that is measured
-- at all there is per-test coverage, and it names enough of the tests that ran.
with needed as (

    select
        flows.flow,
        measured.repo,
        measured.component,
        latest.sha
    from {{ ref('int_components__flows') }} as flows
    inner join {{ ref('int_coverage__by_component') }} as measured on flows.component = measured.component
    left join {{ ref('int_test_coverage__latest') }} as latest
        on measured.repo = latest.repo and measured.component = latest.component

),

complete as (

    select flow
    from needed
    group by flow
    having count(*) = count(sha)

),

-- Tests that ran on that commit; of another repository, such as one of end-to-end tests, those that ran lately.
ran as (

    select distinct
        scoped.flow,
        scoped.platform,
        scoped.test_id,
        needed.repo,
        needed.sha
    from needed
    inner join {{ ref('int_flow_tests__scoped') }} as scoped on needed.flow = scoped.flow
    inner join {{ ref('int_test_runs__outcomes') }} as outcomes
        on
            scoped.test_id = outcomes.test_id
            and needed.repo = outcomes.repo
            and needed.sha = outcomes.sha
    union
    select
        scoped.flow,
        scoped.platform,
        scoped.test_id,
        'elsewhere' as repo,
        'elsewhere' as sha
    from {{ ref('int_flow_tests__scoped') }} as scoped
    inner join {{ ref('int_test_runs__outcomes') }} as outcomes on scoped.test_id = outcomes.test_id
    left join needed on scoped.flow = needed.flow and outcomes.repo = needed.repo
    where
        needed.flow is null
        and outcomes.run_day >= {{ before_window(threshold('coverage_max_age_days')) }}

),

-- More runs of lines than are told of: what its tests cover together cannot be known.
named as (

    select
        tests.repo,
        coverage.sha,
        tests.test_id
    from {{ ref('stg_ci__test_coverage') }} as coverage
    inner join {{ ref('int_covering_tests__identified') }} as tests
        on coverage.repo = tests.repo and coverage.test = tests.test
    where coverage.sha in (select latest.sha from {{ ref('int_test_coverage__latest') }} as latest)
    group by tests.repo, coverage.sha, tests.test_id
    having bool_and(coverage.line_runs is not null)

),

judged as (

    select
        ran.flow,
        ran.platform,
        count(distinct ran.test_id) as tests_ran,
        count(distinct case when named.test_id is not null then ran.test_id end) as tests_named,
        count(distinct case when named.test_id is not null then ran.repo || ' ' || ran.sha end) as shas_named
    from ran
    left join named on ran.repo = named.repo and ran.sha = named.sha and ran.test_id = named.test_id
    group by ran.flow, ran.platform

),

shas as (

    select
        flow,
        count(distinct repo || ' ' || sha) as shas
    from needed
    group by flow

)

select
    judged.flow,
    judged.platform,
    cast(judged.tests_named as bigint) as tests_named,
    cast(judged.tests_ran as bigint) as tests_ran
from judged
inner join complete on judged.flow = complete.flow
inner join shas on judged.flow = shas.flow
where
    -- One of no test of the flow would say that it covers nothing, where nobody knows.
    judged.shas_named = shas.shas
    and {{ ratio('judged.tests_named', 'judged.tests_ran') }} >= {{ threshold('coverage_tests_share') }}
