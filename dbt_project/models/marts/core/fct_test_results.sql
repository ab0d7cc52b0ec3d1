-- Grain: one row per test, sha, environment and build: what its attempts in that build came to.
{{ by_day(
    'build_day', 'int_ci_days__built',
    told=['int_ci_builds__runs', 'int_ci_runs__noise_flagged', 'int_run__as_of'],
) }}
select
    outcomes.test_id,
    coalesce(outcomes.sha, 'unknown') as sha,
    outcomes.env as environment,
    coalesce(outcomes.repo, '') || '/' || coalesce(outcomes.build, '') as build,
    max(outcomes.repo) as repo,
    max(outcomes.runtime) as runtime,
    max(outcomes.branch) as branch,
    max(outcomes.stage) as stage,
    bool_or(outcomes.is_blocking) as is_blocking,
    min(outcomes.started_at) as started_at,
    min(outcomes.run_day) as run_day,
    min(coalesce(builds.build_day, outcomes.run_day)) as build_day,
    cast(sum(outcomes.attempts) as bigint) as attempts,
    cast(sum(outcomes.failed_attempts) as bigint) as failed_attempts,
    max_by(outcomes.last_status, {{ run_attempt('outcomes.run_id') }}) as status,
    bool_or(outcomes.is_mixed) or (bool_or(outcomes.is_red) and not bool_and(outcomes.is_red)) as is_flaky_run,
    bool_or(coalesce(runs.noisy, false)) as is_noisy_run,
    {{ half_up('sum(outcomes.duration_ms)', 3) }} as duration_ms,
    max(outcomes.message) as message,
    max(outcomes.fingerprint) as fingerprint
from {{ ref('int_test_runs__resolved') }} as outcomes
left join {{ ref('int_ci_builds__runs') }} as builds on outcomes.run_id = builds.run_id
left join {{ ref('int_ci_runs__noise_flagged') }} as runs on outcomes.run_id = runs.run_id
where
    outcomes.run_day <= {{ as_of_day() }}
    and {{ batch_days('outcomes.run_day') }}
group by
    outcomes.test_id,
    coalesce(outcomes.sha, 'unknown'),
    outcomes.env,
    coalesce(outcomes.repo, '') || '/' || coalesce(outcomes.build, '')
