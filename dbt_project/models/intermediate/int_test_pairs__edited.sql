-- Grain: one row per pair of tests in one place whose file was changed between the last build of the one and the
-- first of the other: how many lines. No row where the commits are not known.
with commits as (

    select
        repo,
        sha,
        min(committed_at) as committed_at
    from {{ ref('stg_git__commits') }}
    group by repo, sha

)

select
    pairs.old_id,
    pairs.new_id,
    cast(sum(files.lines_added) as bigint) as lines_added,
    cast(sum(files.lines_removed) as bigint) as lines_removed
from {{ ref('int_test_pairs__by_place') }} as pairs
inner join commits as before on pairs.repo = before.repo and pairs.old_sha = before.sha
inner join commits as until on pairs.repo = until.repo and pairs.new_sha = until.sha
inner join {{ ref('stg_git__commits') }} as files
    on
        pairs.repo = files.repo
        and files.committed_at > before.committed_at
        and files.committed_at <= until.committed_at
        and {{ file_stem('files.file') }} = {{ file_stem('pairs.path') }}
        and {{ is_test_file('files.file', 'pairs.path') }}
where not files.is_merge
group by pairs.old_id, pairs.new_id
