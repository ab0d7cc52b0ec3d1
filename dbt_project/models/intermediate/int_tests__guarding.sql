-- Grain: one row per test of a component: what it guards, and the days between which it is known. A test of a specific
-- failure mode is compared with the incidents of that mode, a general one with all of its component.
with tests as (

    select
        test_id,
        component,
        lower(coalesce(failure_mode, 'general')) as failure_mode
    from {{ ref('int_tests__identified') }}
    where component is not null

)

select
    tests.test_id,
    tests.component,
    tests.failure_mode,
    case when tests.failure_mode = 'general' then 'component' else 'component+mode' end as match_level,
    case when tests.failure_mode = 'general' then '*' else tests.failure_mode end as incident_set,
    -- Whoever gave no runs has always been there.
    coalesce(seen.first_day, observed.observed_from) as first_day,
    coalesce(seen.last_day, observed.observed_to) as last_day
from tests
left join {{ ref('int_tests__seen') }} as seen on tests.test_id = seen.test_id
cross join {{ ref('int_ci__observed_range') }} as observed
