-- Grain: one row per repo and file that a commit or a coverage report names.
-- A report may know a file by a shorter or an absolute path: where exactly one committed file has the same
-- ending, that is the file meant (repo_file); else the report's own path stands. `committed_files`: how many
-- committed files it may be.
with committed as (

    select distinct
        repo,
        file
    from {{ ref('stg_git__commits') }}
    where file is not null

),

covered as (

    select distinct
        repo,
        file
    from {{ ref('stg_ci__file_coverage') }}

),

matches as (

    select
        covered.repo,
        covered.file,
        max(committed.file) as repo_file,
        count(*) as candidates,
        bool_or(covered.file = committed.file) as is_exact
    from covered
    inner join committed
        on
            covered.repo = committed.repo
            and split_part(covered.file, '/', -1) = split_part(committed.file, '/', -1)
    where
        covered.file = committed.file
        or right('/' || committed.file, length(covered.file) + 1) = '/' || covered.file
        or right(covered.file, length(committed.file) + 1) = '/' || committed.file
    group by covered.repo, covered.file

)

select
    covered.repo,
    covered.file,
    coalesce(case when matches.candidates = 1 then matches.repo_file end, covered.file) as repo_file,
    cast(case when matches.is_exact then 1 else coalesce(matches.candidates, 0) end as bigint) as committed_files
from covered
left join matches on covered.repo = matches.repo and covered.file = matches.file
union all
select
    committed.repo,
    committed.file,
    committed.file as repo_file,
    cast(1 as bigint) as committed_files
from committed
left join covered on committed.repo = covered.repo and committed.file = covered.file
where covered.file is null
