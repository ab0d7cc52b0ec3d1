-- Grain: one row per incident (source, incident_id) and test of its component that was there before it, if the test
-- failed in the window before it, is of its failure mode, or is shown to warn. The others are only counted. Of one that
-- was deleted at its source, what was told last.
select
    pairs.source,
    pairs.incident_id,
    pairs.test_id,
    tests.component,
    tests.failure_mode,
    pairs.match_level,
    coalesce(pairs.has_mode, false) as has_mode,
    pairs.has_failed,
    pairs.started_on,
    {{ days_between('pairs.started_on', 'incidents.detected') }} as lead_days,
    pairs.status as load_bearing,
    case
        when pairs.started_on is not null and pairs.is_of_set and pairs.is_shown then 'predicted'
        when pairs.started_on is not null then 'possible'
        when pairs.has_failed then 'noise'
        else 'silent'
    end as role,
    coalesce(pairs.is_shown and hits.started_on is not null, false) as is_in_sample
from {{ ref('int_incidents__windowed') }} as pairs
inner join {{ ref('int_incidents__correlated') }} as incidents
    on pairs.source = incidents.source and pairs.incident_id = incidents.incident_id
inner join {{ ref('int_tests__guarding') }} as tests on pairs.test_id = tests.test_id
left join {{ ref('int_load_bearing__hits') }} as hits
    on pairs.test_id = hits.test_id and incidents.detected = hits.day
where pairs.has_failed or pairs.is_shown or coalesce(pairs.has_mode, false)
union all
select
    source,
    incident_id,
    test_id,
    component,
    failure_mode,
    match_level,
    has_mode,
    has_failed,
    started_on,
    lead_days,
    load_bearing,
    role,
    is_in_sample
from {{ ref('int_incident_tests__told_last') }}
