-- Grain: one row per bundle of a CI run, as each inbox file told of it.
-- By day: the lake keeps it in many small files.
{{ by_day('run_day', 'stg_ledger__days', batch=366) }}
select
    repo,
    build,
    coalesce(run_attempt, 1) as run_attempt,
    repo || '/' || build || '/' || cast(coalesce(run_attempt, 1) as string) as run_id,
    sha,
    base_sha,
    pr,
    branch,
    pipeline,
    lower(stage) as stage,
    blocking,
    environment,
    env_facts_json,
    started_at,
    finished_at,
    expected_suites_json,
    received_suites_json,
    broken_suites_json,
    day as run_day,
    _file as file_id
from {{ source('raw', 'ci_runs') }}
where {{ batch_days('day') }}
