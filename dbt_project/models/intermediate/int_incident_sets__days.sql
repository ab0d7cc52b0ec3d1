-- Grain: one row per component, set of incidents (one failure mode, or * for all) and day with an incident before which
-- a whole window of CI results is known.
with sets as (

    select
        component,
        '*' as incident_set,
        detected as day
    from {{ ref('int_incidents__current') }}
    union
    select
        component,
        failure_mode as incident_set,
        detected as day
    from {{ ref('int_incidents__current') }}
    where failure_mode <> 'general'

)

select
    sets.component,
    sets.incident_set,
    sets.day
from sets
cross join {{ ref('int_ci__observed_range') }} as observed
where
    sets.component is not null
    and {{ days_before('sets.day', threshold('incident_window_days')) }} >= observed.observed_from
    and sets.day <= {{ days_before('observed.observed_to', -1) }}
