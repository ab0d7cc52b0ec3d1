-- Grain: one row per test, CI run, environment, format, occurrence and attempt as reported.
-- A report delivered twice is the same rows and counts once; rows that differ are kept as further attempts,
-- because throwing one away could throw a failure away.
-- By day: a night adds its own rows to those of years.
{{ by_day('run_day', 'stg_ci__days', told=['stg_ledger__loads', 'stg_ci__run_days']) }}

with attempts as (

    select
        source,
        told.repo,
        sha,
        branch,
        coalesce(told.build, '') as build,
        coalesce(told.run_attempt, 1) as run_attempt,
        told.repo || '/' || coalesce(told.build, '') || '/' || cast(coalesce(told.run_attempt, 1) as string) as run_id,
        lower(environment) as raw_environment,
        suite,
        file,
        class_name,
        name,
        params,
        occurrence,
        {{ known_module() }} as module,
        suite = class_name and file is null and {{ is_script('class_name') }} as is_class_script,
        tags_json,
        raw_status,
        status,
        duration_ms,
        attempt as reported_attempt,
        started_at,
        zone_assumed as is_zone_assumed,
        message,
        fingerprint,
        coalesce(runs.run_day, told.day) as run_day,
        min_by(_file, delivery_number) as file_id
    from {{ told('test_attempts') }}
    left join {{ ref('stg_ci__run_days') }} as runs
        on told.repo = runs.repo and told.build = runs.build and coalesce(told.run_attempt, 1) = runs.run_attempt
    where {{ batch_days('told.day') }}
    {{ group_by_first(26) }}

),

placed as (

    select
        *,
        -- Describe blocks are names in JavaScript, whether the format has them in the suite or the name.
        class_name is null and suite <> coalesce(file, '') and {{ is_script('file') }} as has_titles_in_suite,
        -- A suite that only repeats the place is none; any other was given on purpose: the same tests twice.
        suite = class_name or suite = file or (
            module is not null and (suite = 'pytest' or replace(suite, ' › ', '.') = class_name)
        ) as is_suite_known
    from attempts

),

identified as (

    select
        *,
        {{ test_file() }} as id_file,
        {{ test_base_id() }} as base_id
    from placed

)

select
    source,
    repo,
    sha,
    branch,
    build,
    run_attempt,
    run_id,
    raw_environment,
    suite,
    coalesce(id_file, replace(class_name, '.', '/')) as path,
    class_name,
    name,
    params,
    base_id,
    {{ test_id('base_id') }} as test_id,
    tags_json,
    lower({{ json_text('tags_json', 'flow') }}) as flow_tag,
    lower({{ json_text('tags_json', 'risk') }}) as risk_tag,
    {{ json_text('tags_json', 'component') }} as component_tag,
    lower({{ json_text('tags_json', 'owner') }}) as owner_tag,
    lower({{ json_text('tags_json', 'failure_mode') }}) as failure_mode,
    lower({{ json_text('tags_json', 'tier') }}) as tier,
    lower({{ json_text('tags_json', 'kind') }}) as kind,
    lower({{ json_text('tags_json', 'platform') }}) as platform_tag,
    {{ json_texts('tags_json', 'feature') }} as feature,
    {{ json_texts('tags_json', 'event') }} as event,
    {{ json_texts('tags_json', 'persona') }} as persona,
    lower({{ json_texts('tags_json', 'verifies') }}) as verifies,
    {{ json_texts('tags_json', 'mocks') }} as mocks,
    {{ json_texts('tags_json', 'region') }} as region,
    {{ json_texts('tags_json', 'incident') }} as incident,
    raw_status,
    status,
    duration_ms,
    reported_attempt,
    started_at,
    is_zone_assumed,
    message,
    fingerprint,
    run_day,
    file_id
from identified
