-- Grain: one row per repo, commit and file that took another name in it. Git is asked without rename detection, so
-- that a file's history stays its own: a rename is a file that lost all its lines beside the only one of its kind
-- that got as many and lost none.
with touched as (

    select
        commits.repo,
        commits.sha,
        commits.file,
        split_part(commits.file, '.', -1) as ending,
        case when commits.lines_added = 0 then 'went' else 'came' end as turn,
        commits.lines_added + commits.lines_removed as lines
    from {{ ref('stg_git__commits') }} as commits
    cross join {{ ref('int_run__as_of') }} as run
    where
        not commits.is_merge
        and commits.commit_day <= run.as_of
        and commits.commit_day > {{ days_before('run.as_of', threshold('alias_window_days')) }}
        and commits.lines_added + commits.lines_removed > 0
        and (commits.lines_added = 0 or commits.lines_removed = 0)

),

counted as (

    select
        *,
        count(*) over (partition by repo, sha, turn, ending, lines) as alike
    from touched

)

select
    went.repo,
    went.sha,
    went.file as old_file,
    came.file as new_file
from counted as went
inner join counted as came
    on
        went.repo = came.repo
        and went.sha = came.sha
        and went.ending = came.ending
        and went.lines = came.lines
where went.turn = 'went' and came.turn = 'came' and went.alike = 1 and came.alike = 1
