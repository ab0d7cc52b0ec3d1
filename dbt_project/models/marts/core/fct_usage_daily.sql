-- Grain: one row per flow, event, runtime, persona, tier, version, day, kind and is_score_basis: what users did.
-- No bots, no monitors. Logs and traces name a route alike: a row holds what one of them saw, never their sum.
{{ by_day('day', 'int_usage__days', told=['int_run__as_of']) }}
with flow_bases as (

    select
        flow,
        usage_basis
    from {{ ref('int_flows__catalogued') }}

)

select
    counts.flow,
    counts.event,
    coalesce(counts.runtime, 'unknown') as runtime,
    coalesce(counts.persona, 'unknown') as persona,
    coalesce(counts.tier, 'unknown') as tier,
    coalesce(counts.version, 'unknown') as version,
    counts.usage_day as day,
    counts.kind,
    max(counts.role) as role,
    max(counts.platform) as platform,
    cast(sum(counts.events) as bigint) as events,
    max(counts.lag_days) as lag_days,
    -- A flow is scored on one source kind; the other rows are for reading (drop-off, cross-checks).
    coalesce(counts.usage_basis = flow_bases.usage_basis, false) as is_score_basis
from {{ ref('int_usage__flow_counts') }} as counts
left join flow_bases on counts.flow = flow_bases.flow
cross join {{ ref('int_run__as_of') }} as run
where
    counts.actor = 'user'
    and counts.flow is not null
    and counts.usage_day <= run.as_of
    and {{ batch_days('counts.usage_day') }}
group by
    counts.flow,
    counts.event,
    coalesce(counts.runtime, 'unknown'),
    coalesce(counts.persona, 'unknown'),
    coalesce(counts.tier, 'unknown'),
    coalesce(counts.version, 'unknown'),
    counts.usage_day,
    counts.kind,
    coalesce(counts.usage_basis = flow_bases.usage_basis, false)
