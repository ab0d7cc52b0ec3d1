-- Grain: one row per incident (source, incident_id): did the suite know, and what was missing?
select
    correlated.source,
    correlated.incident_id,
    correlated.title,
    correlated.component,
    correlated.flow,
    correlated.failure_mode,
    correlated.severity,
    correlated.detected,
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
    run.as_of
from {{ ref('int_incidents__correlated') }} as correlated
cross join {{ ref('int_run__as_of') }} as run
