-- Grain: one row per incident (source, incident_id): the one thing to do next, in words.
with described as (

    select
        *,
        component || case when failure_mode = 'general' then '' else ' for ' || failure_mode end as what,
        cast(tests as string) || case when tests = 1 then ' test of ' else ' tests of ' end || component as its_tests,
        cast(tests_started as string)
        || case when tests_started = 1 then ' test of ' else ' tests of ' end || component as its_starts,
        case when tests_started = 1 then 'it' else 'they' end as it_or_they,
        case when tests_started = 1 then 'it' else 'them' end as it_or_them,
        cast({{ days_before('detected', threshold('incident_window_days')) }} as string)
        || ' to ' || cast(detected as string) as its_window
    from {{ ref('int_incidents__correlated') }}

)

select
    source,
    incident_id,
    case
        when component is null
            then 'Name its component in the incident: until then nobody knows which tests should have warned.'
        when is_component_unknown
            then
                concat(
                    'No test and no row of component_flows has a component ', component,
                    ': correct it in the incident, or name it in component_flows or flow_aliases.'
                )
        when classification = 'unknown'
            then concat('Load CI results from ', its_window, ': without them nobody knows what the tests said.')
        when classification = 'predicted'
            then concat('Let what warned block the release: ', replace(predicting_tests, ';', '; '), '.')
        when gap_type = 'no_test_coverage'
            then concat('Write the first test of ', what, '.')
        when gap_type = 'failure_ignored'
            then
                concat(
                    its_starts, ' began to fail before it: see whether ', it_or_they, ' showed this fault; if so, ',
                    case when failure_mode = 'general' then '' else concat('tag ', it_or_them, ' failure_mode:') end,
                    case when failure_mode = 'general' then '' else concat(failure_mode, ' and ') end,
                    'let ', it_or_them, ' block.'
                )
        when gap_type = 'failure_mode_not_covered' and failure_mode <> 'general'
            then
                concat(
                    its_tests, case when tests = 1 then ', not of ' else ', none of them of ' end, failure_mode,
                    ': write one, or tag the one that covers it.'
                )
        when failure_mode = 'general'
            then
                concat(
                    its_tests, case when tests = 1 then ' passed' else ', and none warned' end,
                    ': add what happened here (data, load, order) to the nearest one, and name the failure mode.'
                )
        else
            concat(
                cast(tests_of_mode as string), ' of ', its_tests, ' guard against ', failure_mode,
                ' and none warned: add what happened here (data, load, order) to the nearest one.'
            )
    end as recommendation
from described
