-- Grain: one row per CI run, test, format and environment whose attempts another format of the run tells as well.
-- An account is left out only if the other one has as many failures, passes and skips: none is lost by it.
{{ by_day('run_day', 'stg_ci__days') }}
with several as (

    select run_id
    from {{ ref('stg_ci__test_attempts') }}
    where {{ batch_days('run_day') }}
    group by run_id
    having min(source) <> max(source)

),

accounts as (

    select
        attempts.run_id,
        coalesce(renamed.test_id, attempts.test_id) as test_id,
        attempts.source,
        attempts.raw_environment,
        min(attempts.run_day) as run_day,
        case when attempts.source = 'junit' then 1 else 0 end as says_less,
        count(*) filter (where attempts.status in ('failed', 'error')) as red,
        count(*) filter (where attempts.status = 'skipped') as skipped,
        count(*) filter (where attempts.status not in ('failed', 'error', 'skipped')) as green
    from {{ ref('stg_ci__test_attempts') }} as attempts
    inner join several on attempts.run_id = several.run_id
    left join {{ ref('int_test_ids__renamed') }} as renamed on attempts.test_id = renamed.reported_id
    where {{ batch_days('attempts.run_day') }}
    group by attempts.run_id, coalesce(renamed.test_id, attempts.test_id), attempts.source, attempts.raw_environment

),

-- A format that names no environment tells those of all others together.
everywhere as (

    select
        run_id,
        test_id,
        source,
        min(says_less) as says_less,
        max(raw_environment) as raw_environment,
        sum(red) as red,
        sum(skipped) as skipped,
        sum(green) as green
    from accounts
    group by run_id, test_id, source

)

select
    fewer.run_id,
    fewer.test_id,
    fewer.source,
    fewer.raw_environment,
    min(fewer.run_day) as run_day,
    min(coalesce(same.source, wider.source)) as told_by
from accounts as fewer
left join accounts as same
    on
        fewer.run_id = same.run_id
        and fewer.test_id = same.test_id
        and fewer.source <> same.source
        and coalesce(fewer.raw_environment, '') = coalesce(same.raw_environment, '')
        and fewer.red <= same.red
        and fewer.skipped <= same.skipped
        and fewer.green <= same.green
        and (
            fewer.red + fewer.skipped + fewer.green < same.red + same.skipped + same.green
            or fewer.says_less > same.says_less
            or (fewer.says_less = same.says_less and fewer.source > same.source)
        )
left join everywhere as wider
    on
        fewer.run_id = wider.run_id
        and fewer.test_id = wider.test_id
        and fewer.source <> wider.source
        and fewer.raw_environment is null
        and wider.raw_environment is not null
        and fewer.red <= wider.red
        and fewer.skipped <= wider.skipped
        and fewer.green <= wider.green
where same.source is not null or wider.source is not null
group by fewer.run_id, fewer.test_id, fewer.source, fewer.raw_environment
