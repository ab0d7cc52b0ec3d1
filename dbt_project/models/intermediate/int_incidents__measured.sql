-- Grain: one row per incident with a time (source, incident_id): how production was during it, and in the time before.
-- From requests of its flows, else of its service; where no request tells of it, from metrics of the service.
with requested as (

    select
        source,
        incident_id,
        scope_kind || '_requests' as metrics_basis,
        case scope_kind when 'flow' then 1 else 2 end as place,
        sum(case when step >= 0 then requests end) as requests,
        sum(case when step >= 0 then errors end) as failed_requests,
        -- Where no step has enough requests, all of the incident may.
        coalesce(
            max(case when step >= 0 then error_rate end), max(case when step = -2 then error_rate end)
        ) as peak_error_rate,
        coalesce(max(case when step >= 0 then p99_ms end), max(case when step = -2 then p99_ms end)) as peak_p99_ms,
        max(case when step = -1 then error_rate end) as baseline_error_rate,
        max(case when step = -1 then p99_ms end) as baseline_p99_ms
    from {{ ref('int_incident_steps__measured') }}
    group by source, incident_id, scope_kind

),

watched as (

    select
        hours.source,
        hours.incident_id,
        metrics.metric,
        metrics.metric_minute >= hours.from_minute as is_during,
        metrics.metric_value
    from {{ ref('int_incident_hours__scoped') }} as hours
    inner join {{ ref('stg_metrics__service_metrics') }} as metrics
        on
            hours.scope_kind = 'service'
            and hours.scope = metrics.service
            and hours.hour_at = {{ dbt.date_trunc('hour', 'metrics.metric_minute') }}
            and hours.baseline_minute <= metrics.metric_minute
            and hours.to_minute >= metrics.metric_minute

),

metrics as (

    select
        source,
        incident_id,
        'service_metrics' as metrics_basis,
        3 as place,
        cast(null as bigint) as requests,
        cast(null as bigint) as failed_requests,
        max(case when is_during and metric = 'error_rate' then metric_value end) as peak_error_rate,
        max(case when is_during and metric = 'latency_p99_ms' then metric_value end) as peak_p99_ms,
        avg(case when not is_during and metric = 'error_rate' then metric_value end) as baseline_error_rate,
        avg(case when not is_during and metric = 'latency_p99_ms' then metric_value end) as baseline_p99_ms
    from watched
    group by source, incident_id

),

known as (

    select *
    from requested
    where requests > 0
    union all
    select *
    from metrics
    where coalesce(peak_error_rate, peak_p99_ms) is not null

),

chosen as (

    select *
    from known
    qualify row_number() over (partition by source, incident_id order by place asc) = 1

)

select
    timed.source,
    timed.incident_id,
    coalesce(chosen.metrics_basis, 'none') as metrics_basis,
    chosen.requests,
    chosen.failed_requests,
    chosen.peak_error_rate,
    chosen.baseline_error_rate,
    chosen.peak_p99_ms,
    chosen.baseline_p99_ms
from {{ ref('int_incidents__timed') }} as timed
left join chosen on timed.source = chosen.source and timed.incident_id = chosen.incident_id
