-- Grain: one row per incident (source, incident_id) that a test was missing for, and the day on which one that was
-- written afterwards, for its component and failure mode, first passed on the main branch.
select
    incidents.source,
    incidents.incident_id,
    incidents.component,
    incidents.flow,
    incidents.failure_mode,
    incidents.gap_type,
    incidents.detected,
    min(seen.first_pass_day) as closed_day,
    -- Of several that first passed on that day, always the same one.
    min_by(seen.test_id, cast(seen.first_pass_day as string) || seen.test_id) as closed_by
from {{ ref('int_incidents__correlated') }} as incidents
left join {{ ref('int_tests__guarding') }} as tests
    on
        incidents.component = tests.component
        -- A general incident is one whose mode nobody named.
        and (incidents.failure_mode = tests.failure_mode or incidents.failure_mode = 'general')
        and tests.first_day >= incidents.detected
left join {{ ref('int_tests__seen') }} as seen on tests.test_id = seen.test_id and seen.first_pass_day is not null
-- failure_ignored is closed by looking at failures, not by one test more.
where incidents.gap_type in ('no_test_coverage', 'failure_mode_not_covered', 'tests_pass_but_incident_occurred')
group by
    incidents.source, incidents.incident_id, incidents.component, incidents.flow, incidents.failure_mode,
    incidents.gap_type, incidents.detected
