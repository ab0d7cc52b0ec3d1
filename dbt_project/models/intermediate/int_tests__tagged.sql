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
    attempts.flow_tag,
    attempts.risk_tag,
    attempts.component_tag,
    attempts.owner_tag,
    attempts.failure_mode,
    attempts.tier,
    attempts.kind,
    attempts.platform_tag
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
