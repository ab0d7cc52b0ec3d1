-- Grain: one row per test: what its latest report says of it.
with keyed as (

    select
        coalesce(aliases.new_id, attempts.test_id) as known_id,
        attempts.*
    from {{ ref('stg_ci__test_attempts') }} as attempts
    left join {{ ref('test_aliases') }} as aliases on attempts.test_id = aliases.old_id
    cross join {{ ref('int_run__as_of') }} as run
    where attempts.run_day <= run.as_of

),

-- Narrowed first: only the rows of a test's last run are put in order.
latest as (

    select
        known_id,
        max(run_day) as run_day
    from keyed
    group by known_id

)

select
    keyed.known_id as test_id,
    keyed.base_id,
    keyed.repo,
    keyed.source as format,
    keyed.suite,
    keyed.path,
    keyed.class_name,
    keyed.name,
    keyed.params,
    keyed.tags_json,
    keyed.flow_tag,
    keyed.risk_tag,
    keyed.component_tag,
    keyed.owner_tag,
    keyed.failure_mode,
    keyed.tier,
    keyed.kind,
    keyed.platform_tag
from keyed
inner join latest on keyed.known_id = latest.known_id and keyed.run_day = latest.run_day
qualify row_number() over (
    partition by keyed.known_id
    order by
        keyed.started_at desc nulls last, keyed.run_id desc, keyed.attempt desc, keyed.raw_environment asc nulls last
) = 1
