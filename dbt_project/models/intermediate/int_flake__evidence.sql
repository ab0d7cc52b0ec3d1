-- Grain: one row per test that ran in the window: its evidence (scores.md section 2, step 3). Where the project reruns
-- tests, shas with a pass and a failure; where it never does, isolated episodes on the main branch; else none.
with by_sha as (

    select
        test_id,
        repo,
        sha,
        max(last_started_at) as last_started_at,
        sum(attempts) > count(*) as has_rerun,
        bool_or(is_mixed) as is_mixed,
        bool_and(is_red) as is_red,
        bool_or(is_main_branch) as is_main_branch
    from {{ ref('int_flake__by_environment') }}
    group by test_id, repo, sha

),

-- Only a project that reruns anything can show a pass and a failure at one sha.
rerunning as (

    select
        repo,
        bool_or(has_rerun) as has_reruns
    from by_sha
    group by repo

),

judged_by as (

    select
        by_sha.test_id,
        case
            when bool_or(rerunning.has_reruns) then 'same_sha_mix'
            when bool_or(by_sha.is_main_branch) then 'isolated_episode'
            else 'none'
        end as evidence
    from by_sha
    inner join rerunning on by_sha.repo = rerunning.repo
    group by by_sha.test_id

),

recent as (

    select
        by_sha.test_id,
        by_sha.is_red,
        judged_by.evidence,
        case judged_by.evidence
            when 'isolated_episode' then episodes.sha is not null
            else by_sha.is_mixed
        end as is_flake,
        row_number() over (partition by by_sha.test_id order by by_sha.last_started_at desc, by_sha.sha desc) as recency
    from by_sha
    inner join judged_by on by_sha.test_id = judged_by.test_id
    left join {{ ref('int_flake__episodes') }} as episodes
        on by_sha.test_id = episodes.test_id and by_sha.sha = episodes.sha
    where by_sha.is_main_branch or judged_by.evidence <> 'isolated_episode'

)

select
    test_id,
    evidence,
    cast(count(*) as bigint) as shas,
    cast(count(*) filter (where is_flake) as bigint) as k,
    bool_and(is_red) filter (where recency <= 3) and count(*) filter (where recency <= 3) = 3 as is_broken
from recent
-- A long window helps, an endless one drowns real flakes in a busy repo; sooner where episodes are the evidence.
where
    recency <= case
        when evidence = 'isolated_episode' then {{ threshold('flake_max_shas_no_reruns') }}
        else {{ threshold('flake_max_shas') }}
    end
group by test_id, evidence
