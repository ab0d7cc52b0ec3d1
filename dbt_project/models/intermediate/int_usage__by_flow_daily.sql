-- Grain: one row per flow, day, event, runtime, persona, tier and version: users only, one source kind per flow.
{{ by_day('day', 'stg_usage__days') }}
select
    counts.flow,
    counts.usage_day as day,
    counts.usage_basis,
    counts.event,
    counts.platform,
    counts.runtime,
    counts.persona,
    counts.tier,
    counts.version,
    cast(sum(counts.events) as bigint) as events
from {{ ref('int_usage__flow_counts') }} as counts
inner join {{ ref('int_flows__catalogued') }} as flows
    on
        counts.flow = flows.flow
        and counts.usage_basis = flows.usage_basis
where counts.actor = 'user' and {{ batch_days('counts.usage_day') }}
group by
    counts.flow,
    counts.usage_day,
    counts.usage_basis,
    counts.event,
    counts.platform,
    counts.runtime,
    counts.persona,
    counts.tier,
    counts.version
