-- Grain: one row per incident (source, incident_id) and test that began to fail before it and whose failing might warn
-- of it: would the test still be shown to, had this incident not helped to show it (scores.md section 3)?
with evidence as (

    select
        windowed.source,
        windowed.incident_id,
        windowed.test_id,
        tested.base_rate,
        tested.incidents,
        tested.incidents - count(hits.day) as incidents_left,
        tested.hits - count(hits.started_on) as hits_left
    from {{ ref('int_incidents__windowed') }} as windowed
    inner join {{ ref('int_incidents__current') }} as incidents
        on windowed.source = coalesce(incidents.source, '') and windowed.incident_id = incidents.incident_id
    inner join {{ ref('int_load_bearing__tested') }} as tested on windowed.test_id = tested.test_id
    -- The incident itself, or the one shortly before it that counts in its place.
    left join {{ ref('int_load_bearing__hits') }} as hits
        on
            windowed.test_id = hits.test_id
            and hits.day <= incidents.detected
            and hits.day > {{ days_before('incidents.detected', threshold('incident_window_days')) }}
    where windowed.started_on is not null and windowed.is_of_set
    group by
        windowed.source, windowed.incident_id, windowed.test_id, tested.base_rate, tested.incidents, tested.hits

),

cases as (

    select distinct
        test_id,
        base_rate,
        incidents_left,
        hits_left
    from evidence
    where hits_left > 0

),

-- P(Binomial(n, q) >= k) of what is left, as in int_load_bearing__tested.
tails as (

    select
        cases.test_id,
        cases.incidents_left,
        cases.hits_left,
        least(1.0e0, sum(exp(
            whole.log_factorial - part.log_factorial - rest.log_factorial
            + part.n * ln(cases.base_rate) + rest.n * ln(1 - cases.base_rate)
        ))) as p_value
    from cases
    inner join {{ ref('int_numbers__log_factorial') }} as whole on cases.incidents_left = whole.n
    inner join {{ ref('int_numbers__log_factorial') }} as part
        on part.n >= cases.hits_left and part.n <= cases.incidents_left
    inner join {{ ref('int_numbers__log_factorial') }} as rest on rest.n = cases.incidents_left - part.n
    group by cases.test_id, cases.incidents_left, cases.hits_left

),

-- Where the false discovery rule drew its line: one test's smaller evidence hardly moves it.
line as (

    select max(case when q_value <= {{ threshold('load_bearing_false_discovery') }} then p_value end) as p_value
    from {{ ref('int_load_bearing__judged') }}

)

select
    evidence.source,
    evidence.incident_id,
    evidence.test_id,
    cast(evidence.incidents_left as bigint) as incidents_left,
    cast(evidence.hits_left as bigint) as hits_left,
    {{ half_up('coalesce(tails.p_value, 1.0e0)', 9) }} as p_value,
    coalesce(
        evidence.incidents >= {{ threshold('leave_one_out_min_incidents') }}
        and evidence.hits_left / evidence.incidents_left / evidence.base_rate >= {{ threshold('load_bearing_lift') }}
        and (
            tails.p_value < {{ threshold('load_bearing_p_value') }}
            or (evidence.hits_left >= 2 and tails.p_value <= line.p_value)
        ),
        false
    ) as is_shown
from evidence
left join tails
    on
        evidence.test_id = tails.test_id
        and evidence.incidents_left = tails.incidents_left
        and evidence.hits_left = tails.hits_left
cross join line
