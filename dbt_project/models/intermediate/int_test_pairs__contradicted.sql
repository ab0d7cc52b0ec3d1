-- Grain: one row per pair that cannot be one test: somewhere both ran side by side, or the old one still runs.
select
    pairs.old_id,
    pairs.new_id
from {{ ref('int_test_pairs__judged') }} as pairs
inner join {{ ref('int_tests__lifespans') }} as old_one on pairs.old_id = old_one.base_id
inner join {{ ref('int_tests__lifespans') }} as new_one
    on
        pairs.new_id = new_one.base_id
        and old_one.branch = new_one.branch
        and old_one.pipeline = new_one.pipeline
where old_one.first_n <= new_one.last_n and new_one.first_n <= old_one.last_n
union
select
    pairs.old_id,
    pairs.new_id
from {{ ref('int_test_pairs__judged') }} as pairs
inner join {{ ref('int_tests__lifespans') }} as old_one on pairs.old_id = old_one.base_id
cross join {{ ref('int_run__as_of') }} as run
where
    old_one.last_started_at > pairs.new_since
    and old_one.last_day > {{ days_before('run.as_of', threshold('alias_quiet_days')) }}
