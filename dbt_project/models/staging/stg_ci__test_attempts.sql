-- Grain: one row per test, CI run, environment, occurrence and attempt.
-- A report delivered twice is the same rows and counts once; rows that differ are kept as further attempts,
-- because throwing one away could throw a failure away. A table, because the models read it three times.
{{ config(materialized='table') }}

with attempts as (

    select
        source,
        repo,
        sha,
        branch,
        coalesce(build, '') as build,
        coalesce(run_attempt, 1) as run_attempt,
        repo || '/' || coalesce(build, '') || '/' || cast(coalesce(run_attempt, 1) as string) as run_id,
        lower(environment) as raw_environment,
        suite,
        file,
        class_name,
        name,
        params,
        occurrence,
        {{ test_base_id() }} as base_id,
        tags_json,
        raw_status,
        status,
        duration_ms,
        attempt as reported_attempt,
        started_at,
        zone_assumed as is_zone_assumed,
        message,
        fingerprint,
        day as run_day,
        min(delivery_number) as delivery_number
    from {{ told('test_attempts') }}
    {{ group_by_first(25) }}

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
    coalesce(file, replace(class_name, '.', '/')) as path,
    class_name,
    name,
    params,
    base_id,
    base_id
    || coalesce(params, '')
    || case when occurrence > 1 then '#' || cast(occurrence as string) else '' end as test_id,
    tags_json,
    lower({{ json_text('tags_json', 'flow') }}) as flow_tag,
    lower({{ json_text('tags_json', 'risk') }}) as risk_tag,
    {{ json_text('tags_json', 'component') }} as component_tag,
    lower({{ json_text('tags_json', 'owner') }}) as owner_tag,
    lower({{ json_text('tags_json', 'failure_mode') }}) as failure_mode,
    lower({{ json_text('tags_json', 'tier') }}) as tier,
    lower({{ json_text('tags_json', 'kind') }}) as kind,
    lower({{ json_text('tags_json', 'platform') }}) as platform_tag,
    raw_status,
    status,
    duration_ms,
    reported_attempt,
    cast(row_number() over (
        partition by run_id, base_id, params, occurrence, raw_environment
        order by reported_attempt asc, started_at asc nulls last, status asc, duration_ms asc nulls last, source asc
    ) as bigint) as attempt,
    started_at,
    is_zone_assumed,
    message,
    fingerprint,
    run_day,
    delivery_number
from attempts
