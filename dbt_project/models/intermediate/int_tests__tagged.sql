-- Grain: one row per test: what its latest report says of it.
select
    coalesce(aliases.new_id, attempts.test_id) as test_id,
    attempts.base_id,
    attempts.repo,
    attempts.source as format,
    attempts.suite,
    attempts.path,
    attempts.class_name,
    attempts.name,
    attempts.params,
    attempts.tags_json,
    lower({{ json_text('attempts.tags_json', 'flow') }}) as flow_tag,
    lower({{ json_text('attempts.tags_json', 'risk') }}) as risk_tag,
    {{ json_text('attempts.tags_json', 'component') }} as component_tag,
    lower({{ json_text('attempts.tags_json', 'owner') }}) as owner_tag,
    lower({{ json_text('attempts.tags_json', 'failure_mode') }}) as failure_mode,
    lower({{ json_text('attempts.tags_json', 'tier') }}) as tier,
    lower({{ json_text('attempts.tags_json', 'kind') }}) as kind,
    lower({{ json_text('attempts.tags_json', 'platform') }}) as platform_tag
from {{ ref('stg_ci__test_attempts') }} as attempts
left join {{ ref('test_aliases') }} as aliases on attempts.test_id = aliases.old_id
cross join {{ ref('int_run__as_of') }} as run
where attempts.run_day <= run.as_of
qualify row_number() over (
    partition by coalesce(aliases.new_id, attempts.test_id)
    order by
        attempts.run_day desc, attempts.started_at desc nulls last, attempts.run_id desc, attempts.attempt desc,
        attempts.raw_environment asc nulls last
) = 1
