-- Grain: one row per level, flow and runtime that users were seen on or tests ran on: is it tested as much as it is
-- used? Level platform takes all browsers as web, level browser those that name one (scores.md section 1).
-- Of a flow none of whose tests names a runtime nothing is known: not that each runtime goes untested.
with tested as (

    select
        *,
        case when sum(test_runs) over (partition by level, flow) > 0 then ran_share end as test_run_share
    from {{ ref('int_runtimes__shares') }}

),

judged as (

    select
        *,
        case when test_run_share is not null then greatest(usage_share - test_run_share, 0) end as shortfall
    from tested

)

select
    judged.level,
    judged.flow,
    judged.runtime,
    flows.product,
    flows.owner,
    cast(judged.uses as bigint) as uses,
    judged.usage_share,
    cast(judged.test_runs as bigint) as test_runs,
    judged.test_run_share,
    judged.shortfall,
    {{ stable('sum(judged.shortfall) over (partition by judged.level, judged.flow)') }} as flow_mismatch,
    run.as_of
from judged
inner join {{ ref('int_flows__catalogued') }} as flows on judged.flow = flows.flow
cross join {{ ref('int_run__as_of') }} as run
