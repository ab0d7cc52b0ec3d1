-- Grain: one row per repo, old and new path of a test file that a commit renamed, as the reports write the paths.
with paths as (

    select distinct
        repo,
        turn,
        path,
        {{ file_stem('path') }} as stem
    from {{ ref('int_tests__turnover') }}
    where path is not null

)

select distinct
    renamed.repo,
    went.path as old_path,
    came.path as new_path
from {{ ref('int_files__renamed') }} as renamed
inner join paths as went
    on
        renamed.repo = went.repo
        and went.turn = 'went'
        and {{ file_stem('renamed.old_file') }} = went.stem
        and {{ is_test_file('renamed.old_file', 'went.path') }}
inner join paths as came
    on
        renamed.repo = came.repo
        and came.turn = 'came'
        and {{ file_stem('renamed.new_file') }} = came.stem
        and {{ is_test_file('renamed.new_file', 'came.path') }}
where went.path <> came.path
