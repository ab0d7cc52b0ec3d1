-- Grain: one row per incident (source, incident_id) that was deleted at its source: what was told of it last.
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
    coalesce(last_told.classification, 'unknown') as classification,
    {% for column in [
        'gap_type', 'tests', 'tests_of_mode', 'tests_failed', 'tests_started', 'tests_predicting', 'predicting_tests',
        'p_any_failure_by_chance', 'control_days', 'control_days_with_start', 'p_any_failure_measured',
        'naive_was_predictable', 'production_until', 'requests', 'failed_requests', 'baseline_requests',
        'peak_error_rate', 'peak_error_rate_requests', 'peak_error_rate_minutes', 'baseline_error_rate', 'peak_p99_ms',
        'peak_p99_requests', 'peak_p99_minutes', 'baseline_p99_ms', 'deployment_source', 'deployment_id',
        'deployment_version', 'deployment_sha', 'deployed_at', 'minutes_since_deployment',
    ] %}
    last_told.{{ column }},
    {% endfor %}
    coalesce(last_told.minutes, cast(deleted.minutes_to_resolve as bigint)) as minutes,
    coalesce(last_told.has_impossible_times, false) as has_impossible_times,
    coalesce(last_told.metrics_basis, 'none') as metrics_basis,
    coalesce(last_told.deployment_match, 'unknown') as deployment_match,
    coalesce(last_told.recommendation, 'No source tells of it any more.') as recommendation,
    deleted.deleted_on
from {{ ref('int_incidents__deleted') }} as deleted
left join {{ ref('stg_history__incident_correlation') }} as last_told
    on deleted.source = last_told.source and deleted.incident_id = last_told.incident_id
