-- Grain: one row per incident with a time (source, incident_id): how production was during it, and in the time before.
-- From requests of its flows, else of its service; where no request tells of it, from metrics of the service.
with requested as (

    select
        steps.source,
        steps.incident_id,
        steps.scope_kind || '_requests' as metrics_basis,
        case steps.scope_kind when 'flow' then 1 else 2 end as place,
        cast(sum(case when steps.step >= 0 then steps.requests end) as bigint) as requests,
        cast(sum(case when steps.step >= 0 then steps.errors end) as bigint) as failed_requests,
        max(errors.peak) as peak_error_rate,
        max(errors.requests) as peak_error_rate_requests,
        max(errors.minutes) as peak_error_rate_minutes,
        max(case when steps.step = -1 then steps.error_rate end) as baseline_error_rate,
        max(latency.peak) as peak_p99_ms,
        max(latency.requests) as peak_p99_requests,
        max(latency.minutes) as peak_p99_minutes,
        max(case when steps.step = -1 then steps.p99_ms end) as baseline_p99_ms,
        cast(sum(case when steps.step = -1 then steps.requests end) as bigint) as baseline_requests
    from {{ ref('int_incident_steps__measured') }} as steps
    {% for measure, peaks in [('error_rate', 'errors'), ('p99_ms', 'latency')] %}
    left join {{ ref('int_incident_peaks__found') }} as {{ peaks }}
        on
            steps.source = {{ peaks }}.source
            and steps.incident_id = {{ peaks }}.incident_id
            and steps.scope_kind = {{ peaks }}.scope_kind
            and {{ peaks }}.measure = '{{ measure }}'
    {% endfor %}
    group by steps.source, steps.incident_id, steps.scope_kind

),

metrics as (

    select
        source,
        incident_id,
        'service_metrics' as metrics_basis,
        3 as place,
        cast(null as bigint) as requests,
        cast(null as bigint) as failed_requests,
        peak_error_rate,
        cast(null as bigint) as peak_error_rate_requests,
        cast(null as bigint) as peak_error_rate_minutes,
        baseline_error_rate,
        peak_p99_ms,
        cast(null as bigint) as peak_p99_requests,
        cast(null as bigint) as peak_p99_minutes,
        baseline_p99_ms,
        cast(null as bigint) as baseline_requests
    from {{ ref('int_incident_metrics__watched') }}

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
    chosen.peak_error_rate_requests,
    chosen.peak_error_rate_minutes,
    chosen.baseline_error_rate,
    chosen.peak_p99_ms,
    chosen.peak_p99_requests,
    chosen.peak_p99_minutes,
    chosen.baseline_p99_ms,
    chosen.baseline_requests
from {{ ref('int_incidents__timed') }} as timed
left join chosen on timed.source = chosen.source and timed.incident_id = chosen.incident_id
