-- Grain: one row per test with per-test coverage and another active test that covers each of its files with at least as
-- many lines. Only the twenty broadest tests of its least covered file are tried: one that is missed is no harm, and
-- all pairs of a large suite would be millions.
with sizes as (

    select
        lines.test_id,
        count(*) as files,
        sum(lines.lines_covered) as lines_covered
    from {{ ref('int_test_lines__by_file') }} as lines
    inner join {{ ref('int_tests__seen') }} as seen on lines.test_id = seen.test_id and seen.is_active
    group by lines.test_id

),

placed as (

    select
        lines.test_id,
        lines.repo,
        lines.file,
        sizes.files,
        sizes.lines_covered,
        count(*) over (partition by lines.repo, lines.file) as tests_of_file,
        row_number() over (
            partition by lines.repo, lines.file order by sizes.files desc, sizes.lines_covered desc, lines.test_id asc
        ) as place_in_file
    from {{ ref('int_test_lines__by_file') }} as lines
    inner join sizes on lines.test_id = sizes.test_id

),

rarest as (

    select
        test_id,
        repo,
        file,
        files,
        lines_covered
    from placed
    qualify row_number() over (partition by test_id order by tests_of_file asc, repo asc, file asc) = 1

),

tried as (

    select
        rarest.test_id,
        broad.test_id as other_id,
        rarest.files,
        rarest.files = broad.files and rarest.lines_covered = broad.lines_covered as is_equal
    from rarest
    inner join placed as broad on rarest.repo = broad.repo and rarest.file = broad.file
    where
        broad.place_in_file <= 20
        and broad.test_id <> rarest.test_id
        and broad.files >= rarest.files
        and broad.lines_covered >= rarest.lines_covered

)

select
    tried.test_id,
    tried.other_id,
    tried.is_equal
from tried
inner join {{ ref('int_test_lines__by_file') }} as own on tried.test_id = own.test_id
inner join {{ ref('int_test_lines__by_file') }} as other
    on
        tried.other_id = other.test_id
        and own.repo = other.repo
        and own.file = other.file
        and other.lines_covered >= own.lines_covered
        -- As many lines, but others, are not the same.
        and (other.lines_covered > own.lines_covered or coalesce(other.line_runs = own.line_runs, true))
group by tried.test_id, tried.other_id, tried.is_equal, tried.files
having count(*) = tried.files
