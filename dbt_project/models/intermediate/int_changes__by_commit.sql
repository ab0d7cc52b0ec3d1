-- Grain: one row per repo and commit up to the as-of day: what it touched.
select
    commits.repo,
    commits.sha,
    commits.committed_at,
    commits.commit_day,
    commits.author_hash,
    commits.is_bot,
    commits.is_merge,
    cast(count(commits.file) as bigint) as files,
    cast(coalesce(sum(commits.lines_added), 0) as bigint) as lines_added,
    cast(coalesce(sum(commits.lines_removed), 0) as bigint) as lines_removed,
    cast(count(distinct files.component) as bigint) as components,
    min(files.component) as first_component
from {{ ref('stg_git__commits') }} as commits
left join {{ ref('int_files__components') }} as files on commits.repo = files.repo and commits.file = files.file
cross join {{ ref('int_run__as_of') }} as run
where commits.commit_day <= run.as_of
group by
    commits.repo,
    commits.sha,
    commits.committed_at,
    commits.commit_day,
    commits.author_hash,
    commits.is_bot,
    commits.is_merge
