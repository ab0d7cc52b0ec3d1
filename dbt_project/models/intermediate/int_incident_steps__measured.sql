-- Grain: one row per incident (source, incident_id), kind of scope and step (-1: all of the time before, -2: all of the
-- incident): share of requests that failed, and the 99th percentile of latency. NULL where too few requests tell of it.
with steps as (

    select *
    from {{ ref('int_incident_steps__requested') }}
    union all
    select
        source,
        incident_id,
        scope_kind,
        -2 as step,
        bucket,
        cast(sum(requests) as bigint) as requests,
        cast(sum(with_status) as bigint) as with_status,
        cast(sum(errors) as bigint) as errors
    from {{ ref('int_incident_steps__requested') }}
    where step >= 0
    group by source, incident_id, scope_kind, bucket

),

cumulated as (

    select
        source,
        incident_id,
        scope_kind,
        step,
        bucket,
        sum(requests) over (partition by source, incident_id, scope_kind, step) as timed,
        sum(requests) over (
            partition by source, incident_id, scope_kind, step
            order by bucket rows unbounded preceding
        ) as up_to_here
    from steps
    where bucket is not null

),

latency as (

    select
        source,
        incident_id,
        scope_kind,
        step,
        max(timed) as timed,
        -- The middle of the bucket in which the 99th of a hundred requests lies.
        case
            when max(timed) >= {{ threshold('incident_step_requests') }}
                then power(1.08e0, min(case when up_to_here >= 0.99e0 * timed then bucket end) + 0.5e0)
        end as p99_ms
    from cumulated
    group by source, incident_id, scope_kind, step

)

select
    steps.source,
    steps.incident_id,
    steps.scope_kind,
    steps.step,
    steps.requests,
    steps.with_status,
    steps.errors,
    latency.timed,
    case
        when steps.with_status >= {{ threshold('incident_step_requests') }}
            then {{ ratio('steps.errors', 'steps.with_status') }}
    end as error_rate,
    latency.p99_ms
from steps
left join latency
    on
        steps.source = latency.source
        and steps.incident_id = latency.incident_id
        and steps.scope_kind = latency.scope_kind
        and steps.step = latency.step
where steps.bucket is null
