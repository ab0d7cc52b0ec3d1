-- Grain: one row per component and message (fingerprint) that came back on another day, with what followed it.
with members as (

    select
        failures.*,
        lower(coalesce(tests.failure_mode, 'general')) as failure_mode,
        row_number() over (
            partition by failures.component, failures.fingerprint order by failures.day desc, failures.test_id asc
        ) as place,
        row_number() over (
            partition by failures.component, failures.fingerprint, failures.test_id order by failures.day desc
        ) = 1 as is_last_of_test
    from {{ ref('int_failures__patterned') }} as failures
    inner join {{ ref('int_tests__identified') }} as tests on failures.test_id = tests.test_id

),

examples as (

    select
        *,
        row_number() over (
            partition by component, fingerprint order by is_last_of_test desc, place asc
        ) as example
    from members

),

followed as (

    select
        members.component,
        members.fingerprint,
        cast(count(distinct windowed.source || '/' || windowed.incident_id) as bigint) as ignored_incidents
    from members
    inner join {{ ref('int_incidents__windowed') }} as windowed
        on members.test_id = windowed.test_id and members.day = windowed.started_on
    inner join {{ ref('int_incidents__correlated') }} as correlated
        on windowed.source = correlated.source and windowed.incident_id = correlated.incident_id
    where correlated.gap_type = 'failure_ignored'
    group by members.component, members.fingerprint

),

counted as (

    select
        component,
        fingerprint,
        -- Tests of several modes say the same: then it is none of them.
        case when min(failure_mode) = max(failure_mode) then min(failure_mode) else 'general' end as failure_mode,
        max(case when place = 1 then substr(message, 1, 300) end) as message,
        cast(count(*) as bigint) as occurrences,
        cast(count(*) filter (where is_flake) as bigint) as flakes,
        cast(count(distinct day) as bigint) as days,
        min(day) as first_day,
        max(day) as last_day,
        cast(count(distinct test_id) as bigint) as tests
    from members
    group by component, fingerprint

),

-- Apart from the counts of distinct values: Spark cannot do both at once.
named as (

    select
        component,
        fingerprint,
        {{ dbt.listagg('test_id', "'; '", 'order by example') }} as examples
    from examples
    where is_last_of_test and example <= 3
    group by component, fingerprint

)

select
    counted.*,
    named.examples,
    {{ pattern_id("'failure'", 'counted.component', "''", 'counted.fingerprint') }} as pattern_id,
    coalesce(followed.ignored_incidents, 0) as ignored_incidents
from counted
inner join named
    on
        coalesce(counted.component, '') = coalesce(named.component, '') and counted.fingerprint = named.fingerprint
left join followed
    on
        coalesce(counted.component, '') = coalesce(followed.component, '')
        and counted.fingerprint = followed.fingerprint
