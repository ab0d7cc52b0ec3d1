-- Grain: one row per incident (source, incident_id) and test of its component that ran in the window before it or was
-- there already: did it fail then, did it begin to, and does its mode fit? Failures of flakes count only as such.
with incidents as (

    select
        coalesce(source, '') as source,
        incident_id,
        component,
        failure_mode,
        detected,
        {{ days_before('detected', threshold('incident_window_days')) }} as window_from
    from {{ ref('int_incidents__current') }}
    where component is not null and detected is not null

),

failed as (

    select
        incidents.source,
        incidents.incident_id,
        failures.test_id
    from incidents
    inner join {{ ref('int_tests__guarding') }} as tests on incidents.component = tests.component
    inner join {{ ref('int_test_failures__daily') }} as failures
        on
            tests.test_id = failures.test_id
            and failures.day >= incidents.window_from
            and failures.day < incidents.detected
    group by incidents.source, incidents.incident_id, failures.test_id

),

started as (

    select
        incidents.source,
        incidents.incident_id,
        starts.test_id,
        max(starts.day) as started_on
    from incidents
    inner join {{ ref('int_tests__guarding') }} as tests on incidents.component = tests.component
    inner join {{ ref('int_test_failures__starts') }} as starts
        on
            tests.test_id = starts.test_id
            and starts.day >= incidents.window_from
            and starts.day < incidents.detected
    group by incidents.source, incidents.incident_id, starts.test_id

)

select
    incidents.source,
    incidents.incident_id,
    tests.test_id,
    tests.match_level,
    failed.test_id is not null as has_failed,
    started.started_on,
    tests.failure_mode = incidents.failure_mode as has_mode,
    tests.match_level = 'component' or tests.failure_mode = incidents.failure_mode as is_of_set,
    judged.base_rate,
    judged.status in ('confirmed', 'candidate') as is_shown,
    judged.status
from incidents
inner join {{ ref('int_tests__guarding') }} as tests
    on
        incidents.component = tests.component
        -- A test that was written afterwards, or had stopped to run, warned of nothing.
        and tests.first_day < incidents.detected
        and tests.last_day >= {{ days_before('incidents.detected', threshold('test_gone_days')) }}
inner join {{ ref('int_load_bearing__judged') }} as judged on tests.test_id = judged.test_id
left join failed
    on
        incidents.source = failed.source
        and incidents.incident_id = failed.incident_id
        and tests.test_id = failed.test_id
left join started
    on
        incidents.source = started.source
        and incidents.incident_id = started.incident_id
        and tests.test_id = started.test_id
