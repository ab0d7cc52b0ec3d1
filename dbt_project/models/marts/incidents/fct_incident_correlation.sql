-- Grain: one row per incident (source, incident_id): did the suite know, what was missing, how was production, and what
-- now? One that was deleted at its source stays as it was told of last, marked, and counts for nothing.
{%- set told = [
    'gap_type', 'tests', 'tests_of_mode', 'tests_failed', 'tests_started', 'tests_predicting', 'predicting_tests',
    'p_any_failure_by_chance', 'control_days', 'control_days_with_start', 'p_any_failure_measured',
    'naive_was_predictable',
] %}
{%- set production = [
    'requests', 'failed_requests', 'baseline_requests', 'peak_error_rate', 'peak_error_rate_requests',
    'peak_error_rate_minutes', 'baseline_error_rate', 'peak_p99_ms', 'peak_p99_requests', 'peak_p99_minutes',
    'baseline_p99_ms',
] %}
{%- set deployment = [
    'deployment_source', 'deployment_id', 'deployment_version', 'deployment_sha', 'deployed_at',
] %}
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
    {% for column in told %}
    correlated.{{ column }},
    {% endfor %}
    correlated.is_eligible,
    case
        when timed.is_over then cast({{ dbt.datediff('timed.from_minute', 'timed.to_minute', 'minute') }} as bigint)
    end as minutes,
    coalesce(timed.has_impossible_times, false) as has_impossible_times,
    timed.looked_to_minute as production_until,
    coalesce(measured.metrics_basis, 'none') as metrics_basis,
    {% for column in production %}
    measured.{{ column }},
    {% endfor %}
    coalesce(deployed.deployment_match, 'unknown') as deployment_match,
    {% for column in deployment %}
    deployed.{{ column }},
    {% endfor %}
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
{% for model, alias in [
    ('int_incidents__timed', 'timed'), ('int_incidents__measured', 'measured'),
    ('int_incidents__deployed', 'deployed'), ('fct_incidents', 'known'),
] %}
left join {{ ref(model) }} as {{ alias }}
    on correlated.source = {{ alias }}.source and correlated.incident_id = {{ alias }}.incident_id
{% endfor %}
cross join {{ ref('int_run__as_of') }} as run
union all
select
    last_told.source,
    last_told.incident_id,
    last_told.title,
    last_told.service,
    last_told.component,
    last_told.flow,
    last_told.failure_mode,
    last_told.severity,
    last_told.detected,
    last_told.started_at,
    last_told.resolved_at,
    last_told.classification,
    {% for column in told %}
    last_told.{{ column }},
    {% endfor %}
    false as is_eligible,
    last_told.minutes,
    last_told.has_impossible_times,
    last_told.production_until,
    last_told.metrics_basis,
    {% for column in production %}
    last_told.{{ column }},
    {% endfor %}
    last_told.deployment_match,
    {% for column in deployment %}
    last_told.{{ column }},
    {% endfor %}
    last_told.minutes_since_deployment,
    last_told.recommendation,
    'final' as report_state,
    null as waiting_for,
    last_told.deleted_on,
    run.as_of
from {{ ref('int_incidents__told_last') }} as last_told
cross join {{ ref('int_run__as_of') }} as run
