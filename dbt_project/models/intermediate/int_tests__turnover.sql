-- Grain: one row per repo, branch, pipeline, test without its parameters, and turn: it went or it came, in the alias
-- window. One that still runs on the branch never went, one that ran there before never came.
with ends as (

    select distinct
        repo,
        branch,
        pipeline,
        last_n
    from {{ ref('int_tests__lifespans') }}

),

complete_since as (

    select
        spans.repo,
        spans.branch,
        spans.pipeline,
        spans.last_n,
        count(*) as builds_since
    from ends as spans
    inner join {{ ref('int_builds__numbered') }} as builds
        on
            spans.repo = builds.repo
            and spans.branch = builds.branch
            and spans.pipeline = builds.pipeline
            and builds.n > spans.last_n
            and builds.is_complete
    group by spans.repo, spans.branch, spans.pipeline, spans.last_n

),

on_branch as (

    select
        repo,
        branch,
        base_id,
        min(first_started_at) as first_started_at,
        max(last_started_at) as last_started_at
    from {{ ref('int_tests__lifespans') }}
    group by repo, branch, base_id

),

turns as (

    select
        'went' as turn,
        spans.*,
        spans.last_n as n,
        since.builds_since
    from {{ ref('int_tests__lifespans') }} as spans
    inner join complete_since as since
        on
            spans.repo = since.repo
            and spans.branch = since.branch
            and spans.pipeline = since.pipeline
            and spans.last_n = since.last_n
    where since.builds_since >= {{ threshold('alias_min_builds_since') }}
    union all
    select
        'came' as turn,
        spans.*,
        spans.first_n as n,
        cast(null as bigint) as builds_since
    from {{ ref('int_tests__lifespans') }} as spans
    where spans.first_n > 1

)

select
    turns.*,
    places.path,
    places.leaf,
    places.place,
    on_branch.first_started_at as first_on_branch_at,
    on_branch.last_started_at as last_on_branch_at
from turns
inner join {{ ref('int_tests__places') }} as places on turns.base_id = places.base_id
inner join on_branch
    on turns.repo = on_branch.repo and turns.branch = on_branch.branch and turns.base_id = on_branch.base_id
