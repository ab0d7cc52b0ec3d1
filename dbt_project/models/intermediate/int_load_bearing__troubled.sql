-- Grain: one row per test whose failing warns of incidents, and what is wrong with it now.
with skipped as (

    select
        attempts.test_id,
        max(attempts.run_day) as skipped_day
    from {{ ref('int_test_attempts__keyed') }} as attempts
    where
        attempts.status = 'skipped'
        and attempts.run_day >= {{ before_observed_window(threshold('test_gone_days')) }}
    group by attempts.test_id

)

select
    value.test_id,
    value.component,
    value.flow,
    value.owner,
    value.load_bearing_status,
    value.flake_status,
    value.is_active,
    value.last_day,
    value.minutes_per_week,
    tested.incidents,
    tested.hits,
    tested.lift,
    flakes.k as flaky_shas,
    flakes.shas,
    value.owner is null as has_no_owner,
    coalesce(value.flake_status in ('flaky_confirmed', 'flaky_suspected'), false) as is_flaky,
    coalesce(value.flake_status = 'broken', false) as is_broken,
    -- Skipped on its last day, and not run since.
    coalesce(skipped.skipped_day >= value.last_day, skipped.skipped_day is not null) as is_skipped
from {{ ref('int_test_value__judged') }} as value
inner join {{ ref('int_load_bearing__tested') }} as tested on value.test_id = tested.test_id
left join {{ ref('int_flake__judged') }} as flakes on value.test_id = flakes.test_id
left join skipped on value.test_id = skipped.test_id
where value.is_load_bearing
