-- Grain: one row per component and day on which a test of it ran first: from when on its results are known for a
-- window, and how many control days there are from then on (scores.md section 3).
with known as (

    select distinct
        component,
        first_day,
        {{ days_before('first_day', '-1 * ' ~ threshold('incident_window_days')) }} as from_day
    from {{ ref('int_tests__guarding') }}

),

ruled_out as (

    select
        known.component,
        known.first_day,
        count(*) as days
    from known
    inner join {{ ref('int_control_days__ruled_out') }} as near
        on known.component = near.component and known.from_day <= near.day
    group by known.component, known.first_day

)

select
    known.component,
    known.first_day,
    known.from_day,
    case
        when known.from_day <= observed.observed_to
            then
                {{ days_between('greatest(known.from_day, observed.observed_from)', 'observed.observed_to') }} + 1
                - coalesce(ruled_out.days, 0)
        else 0
    end as control_days
from known
cross join {{ ref('int_ci__observed_range') }} as observed
left join ruled_out on known.component = ruled_out.component and known.first_day = ruled_out.first_day
