-- Grain: one row per test and sha where it was red once: green on its next sha of the main branch, and no other test
-- of its component began to fail there (scores.md section 2, step 3). What a flake looks like where nothing is rerun.
-- On other branches a failure that is gone with the next commit was mended by its author.
with ordered as (

    select
        test_id,
        repo,
        component,
        sha,
        is_red,
        lag(is_red) over (partition by test_id, env order by last_started_at asc nulls last, sha asc) as was_red,
        lead(is_red) over (partition by test_id, env order by last_started_at asc nulls last, sha asc) as is_red_next
    from {{ ref('int_flake__by_environment') }}
    where is_main_branch

),

starts as (

    select
        *,
        not is_red_next as is_over
    from ordered
    where is_red and not coalesce(was_red, false)

),

beside as (

    select
        repo,
        component,
        sha,
        count(distinct test_id) as tests
    from starts
    group by repo, component, sha

)

select
    starts.test_id,
    starts.sha
from starts
inner join beside
    on starts.repo = beside.repo and starts.component = beside.component and starts.sha = beside.sha
where starts.is_over and beside.tests = 1
group by starts.test_id, starts.sha
