-- Grain: one row per repo, commit and component that it touched. Bots' commits too: the code changed, whoever wrote it.
select distinct
    commits.repo,
    commits.sha,
    files.component,
    commits.commit_day
from {{ ref('stg_git__commits') }} as commits
inner join {{ ref('int_files__components') }} as files on commits.repo = files.repo and commits.file = files.file
cross join {{ ref('int_run__as_of') }} as run
where commits.commit_day <= run.as_of
