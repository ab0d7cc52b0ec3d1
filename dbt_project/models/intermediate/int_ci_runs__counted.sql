-- Grain: one row per CI run with results: how many of its tests failed at first, and how many both ways.
{{ by_day('run_day', 'stg_ci__days') }}
select
    run_id,
    coalesce(max(repo), '') as repo,
    min(run_day) as run_day,
    cast(count(*) as bigint) as tests,
    cast(count(*) filter (where is_first_red) as bigint) as failed_first,
    cast(count(*) filter (where is_mixed) as bigint) as mixed
from {{ ref('int_test_runs__resolved') }}
where {{ batch_days('run_day') }}
group by run_id
