-- Grain: one row per pattern of incidents: how often it came back, and what its incidents tell about why.
with members as (

    select
        patterned.*,
        incidents.service,
        incidents.severity,
        incidents.minutes_to_detect,
        incidents.minutes_to_resolve,
        correlated.gap_type,
        row_number() over (
            partition by patterned.pattern_id
            order by patterned.day desc, patterned.incident_id asc, patterned.source asc
        ) as place,
        row_number() over (
            partition by patterned.pattern_id, incidents.service
            order by patterned.incident_id asc, patterned.source asc
        ) = 1 as is_first_of_service
    from {{ ref('int_incidents__patterned') }} as patterned
    inner join {{ ref('int_incidents__current') }} as incidents
        on
            patterned.source = coalesce(incidents.source, '')
            and patterned.incident_id = incidents.incident_id
    left join {{ ref('int_incidents__correlated') }} as correlated
        on patterned.source = correlated.source and patterned.incident_id = correlated.incident_id

),

words as (

    select
        members.pattern_id,
        words.word,
        count(*) as titles
    from members
    inner join {{ ref('int_incidents__words') }} as words
        on members.source = words.source and members.incident_id = words.incident_id
    group by members.pattern_id, words.word

),

shared as (

    select
        pattern_id,
        {{ dbt.listagg('word', "', '", 'order by titles desc, word asc') }} as words
    from (
        select *
        from words
        where titles >= 2
        qualify row_number() over (partition by pattern_id order by titles desc, word asc) <= 5
    ) as top_words
    group by pattern_id

),

tests as (

    select
        members.pattern_id,
        cast(count(distinct windowed.test_id) as bigint) as tests
    from members
    inner join {{ ref('int_incidents__windowed') }} as windowed
        on members.source = windowed.source and members.incident_id = windowed.incident_id
    where windowed.started_on is not null
    group by members.pattern_id

),

counted as (

    select
        pattern_id,
        max(component) as component,
        max(failure_mode) as failure_mode,
        max(shared_words) as shared_words,
        cast(count(*) as bigint) as occurrences,
        cast(count(distinct day) as bigint) as days,
        min(day) as first_day,
        max(day) as last_day,
        {{ dbt.listagg('case when is_first_of_service then service end', "', '", 'order by service') }} as services,
        {{ dbt.listagg('case when place <= 3 then incident_id end', "', '", 'order by place') }} as examples,
        percentile_cont(0.5e0) within group (order by minutes_to_detect asc) as median_minutes_to_detect,
        percentile_cont(0.5e0) within group (order by minutes_to_resolve asc) as median_minutes_to_resolve,
        bool_and(severity = 'low') as is_all_low,
        cast(count(gap_type) as bigint) as with_gap,
        cast(count(*) filter (where gap_type = 'no_test_coverage') as bigint) as without_test,
        cast(count(*) filter (where gap_type = 'failure_mode_not_covered') as bigint) as without_mode
    from members
    group by pattern_id

)

select
    counted.*,
    shared.words,
    coalesce(tests.tests, 0) as tests
from counted
left join shared on counted.pattern_id = shared.pattern_id
left join tests on counted.pattern_id = tests.pattern_id
