-- Grain: one row per incident (source, incident_id): did the suite know, what was missing, how was production, and what
-- now? One that was deleted at its source stays, marked, and counts for nothing.
select
    correlated.source,
    correlated.incident_id,
    correlated.title,
    timed.service,
    correlated.component,
    coalesce(correlated.flow, known.flow) as flow,
    correlated.failure_mode,
    correlated.severity,
    correlated.detected,
    correlated.started_at,
    correlated.resolved_at,
    correlated.classification,
    correlated.gap_type,
    correlated.tests,
    correlated.tests_of_mode,
    correlated.tests_failed,
    correlated.tests_started,
    correlated.tests_predicting,
    correlated.predicting_tests,
    correlated.p_any_failure_by_chance,
    correlated.tests_failed > 0 as naive_was_predictable,
    correlated.is_eligible,
    case
        when timed.is_over then cast({{ dbt.datediff('timed.from_minute', 'timed.to_minute', 'minute') }} as bigint)
    end as minutes,
    coalesce(timed.has_impossible_times, false) as has_impossible_times,
    coalesce(measured.metrics_basis, 'none') as metrics_basis,
    cast(measured.requests as bigint) as requests,
    cast(measured.failed_requests as bigint) as failed_requests,
    measured.peak_error_rate,
    measured.baseline_error_rate,
    measured.peak_p99_ms,
    measured.baseline_p99_ms,
    coalesce(deployed.deployment_match, 'unknown') as deployment_match,
    deployed.deployment_source,
    deployed.deployment_id,
    deployed.deployment_version,
    deployed.deployment_sha,
    deployed.deployed_at,
    cast(deployed.minutes_since_deployment as bigint) as minutes_since_deployment,
    advised.recommendation,
    case when awaited.is_final then 'final' else 'provisional' end as report_state,
    case when not awaited.is_final then awaited.waiting_for end as waiting_for,
    cast(null as date) as deleted_on,
    run.as_of
from {{ ref('int_incidents__correlated') }} as correlated
inner join {{ ref('int_incidents__awaited') }} as awaited
    on correlated.source = awaited.source and correlated.incident_id = awaited.incident_id
inner join {{ ref('int_incidents__advised') }} as advised
    on correlated.source = advised.source and correlated.incident_id = advised.incident_id
left join {{ ref('int_incidents__timed') }} as timed
    on correlated.source = timed.source and correlated.incident_id = timed.incident_id
left join {{ ref('int_incidents__measured') }} as measured
    on correlated.source = measured.source and correlated.incident_id = measured.incident_id
left join {{ ref('int_incidents__deployed') }} as deployed
    on correlated.source = deployed.source and correlated.incident_id = deployed.incident_id
left join {{ ref('fct_incidents') }} as known
    on correlated.source = known.source and correlated.incident_id = known.incident_id
cross join {{ ref('int_run__as_of') }} as run
union all
select
    deleted.source,
    deleted.incident_id,
    deleted.title,
    deleted.service,
    deleted.component,
    deleted.flow,
    deleted.failure_mode,
    deleted.severity,
    deleted.detected_day as detected,
    deleted.started_at,
    deleted.resolved_at,
    'unknown' as classification,
    null as gap_type,
    {% for count in ['tests', 'tests_of_mode', 'tests_failed', 'tests_started', 'tests_predicting'] %}
    0 as {{ count }},
    {% endfor %}
    null as predicting_tests,
    null as p_any_failure_by_chance,
    false as naive_was_predictable,
    false as is_eligible,
    cast(deleted.minutes_to_resolve as bigint) as minutes,
    false as has_impossible_times,
    'none' as metrics_basis,
    {% for column in [
        'requests', 'failed_requests', 'peak_error_rate', 'baseline_error_rate', 'peak_p99_ms', 'baseline_p99_ms'
    ] %}
    null as {{ column }},
    {% endfor %}
    'unknown' as deployment_match,
    {% for column in ['source', 'id', 'version', 'sha'] %}
    null as deployment_{{ column }},
    {% endfor %}
    null as deployed_at,
    null as minutes_since_deployment,
    'No source tells of it any more: it counts for nothing.' as recommendation,
    'final' as report_state,
    null as waiting_for,
    deleted.deleted_on,
    run.as_of
from {{ ref('int_incidents__deleted') }} as deleted
cross join {{ ref('int_run__as_of') }} as run
