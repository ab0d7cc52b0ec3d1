-- Grain: as stg_ci__test_attempts: of each test and month, the attempts of the last day on which it was reported. What
-- a test is called and tagged is read here: its reports of three years are many, and all but the last say the same.
{{ by_day('month', 'int_ci_months__known', batch=1) }}
with last_days as (

    select
        test_id,
        cast({{ dbt.date_trunc('month', 'run_day') }} as date) as month,
        max(run_day) as run_day
    from {{ ref('stg_ci__test_attempts') }}
    where {{ batch_days('run_day') }}
    group by test_id, cast({{ dbt.date_trunc('month', 'run_day') }} as date)

)

select
    last_days.month,
    attempts.test_id,
    attempts.base_id,
    attempts.run_day,
    attempts.run_id,
    attempts.started_at,
    attempts.reported_attempt,
    attempts.raw_environment,
    attempts.source,
    attempts.repo,
    attempts.suite,
    attempts.path,
    attempts.class_name,
    attempts.name,
    attempts.params,
    attempts.tags_json,
    attempts.flow_tag,
    attempts.risk_tag,
    attempts.component_tag,
    attempts.owner_tag,
    attempts.failure_mode,
    attempts.tier,
    attempts.kind,
    attempts.platform_tag,
    attempts.feature,
    attempts.event,
    attempts.persona,
    attempts.verifies,
    attempts.mocks,
    attempts.region,
    attempts.incident
from {{ ref('stg_ci__test_attempts') }} as attempts
inner join last_days on attempts.test_id = last_days.test_id and attempts.run_day = last_days.run_day
where {{ batch_days('attempts.run_day') }}
