-- Grain: one row per repo, build and run attempt. Jobs that pack their own bundles are one run.
with bundles as (

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
        missing_suites_json,
        day as run_day
    from {{ source('raw', 'ci_runs') }}

)

select
    run_id,
    repo,
    build,
    run_attempt,
    max(sha) as sha,
    max(base_sha) as base_sha,
    max(pr) as pr,
    max(branch) as branch,
    max(pipeline) as pipeline,
    max(stage) as stage,
    bool_or(blocking) as is_blocking,
    max(environment) as environment,
    max(env_facts_json) as env_facts_json,
    max(expected_suites_json) as expected_suites_json,
    max(received_suites_json) as received_suites_json,
    max(missing_suites_json) as missing_suites_json,
    min(started_at) as started_at,
    max(finished_at) as finished_at,
    {{ minutes_between('min(started_at)', 'max(finished_at)') }} as minutes,
    min(run_day) as run_day
from bundles
group by run_id, repo, build, run_attempt
