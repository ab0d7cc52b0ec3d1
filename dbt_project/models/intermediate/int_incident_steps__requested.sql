-- Grain: one row per incident (source, incident_id), kind of scope, step of some minutes since it began (-1: all of the
-- time before) and latency bucket (NULL: all requests): how many requests there were and how many failed.
with stepped as (

    select
        hours.source,
        hours.incident_id,
        hours.scope_kind,
        case
            when requests.minute_at < hours.from_minute then -1
            else floor(
                {{ dbt.datediff('hours.from_minute', 'requests.minute_at', 'minute') }}
                / {{ threshold('incident_step_minutes') }}
            )
        end as step,
        requests.bucket,
        requests.requests,
        requests.status_class
    from {{ ref('int_incident_hours__scoped') }} as hours
    inner join {{ ref('int_requests__scoped') }} as requests
        on
            hours.scope_kind = requests.scope_kind
            and hours.scope = requests.scope
            and hours.hour_at = requests.hour_at
            and hours.baseline_minute <= requests.minute_at
            and hours.to_minute >= requests.minute_at

)

select
    source,
    incident_id,
    scope_kind,
    cast(step as bigint) as step,
    bucket,
    cast(sum(requests) as bigint) as requests,
    cast(sum(case when status_class is not null then requests else 0 end) as bigint) as with_status,
    cast(sum(case when status_class = '5xx' then requests else 0 end) as bigint) as errors
from stepped
group by source, incident_id, scope_kind, step, bucket
