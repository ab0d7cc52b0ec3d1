-- Grain: one row per incident (source, incident_id) of whose service metrics are known: the worst value during it, and
-- the mean in the time before.
with watched as (

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

)

select
    source,
    incident_id,
    max(case when is_during and metric = 'error_rate' then metric_value end) as peak_error_rate,
    avg(case when not is_during and metric = 'error_rate' then metric_value end) as baseline_error_rate,
    max(case when is_during and metric = 'latency_p99_ms' then metric_value end) as peak_p99_ms,
    avg(case when not is_during and metric = 'latency_p99_ms' then metric_value end) as baseline_p99_ms
from watched
group by source, incident_id
