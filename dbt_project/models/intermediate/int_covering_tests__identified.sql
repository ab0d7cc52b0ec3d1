-- Grain: one row per repo, name of a test in a coverage report, and test it is. The report says
-- `tests/test_a.py::A::b[c]` or `tests.test_a.A.b`, which stands for all parameters; where a shorter name fits one test
-- only, that is the one meant.
with named as (

    select distinct
        repo,
        test,
        case when test like '%::%' and test like '%[%' then substr(test, length(split_part(test, '[', 1)) + 1) end
            as params,
        replace(replace(replace(split_part(test, '[', 1), '.py::', '.'), '::', '.'), '/', '.') as dotted
    from {{ ref('stg_ci__test_coverage') }}
    where test is not null and sha in (select latest.sha from {{ ref('int_test_coverage__latest') }} as latest)

),

places as (

    select
        repo,
        test_id,
        name,
        params,
        class_name,
        replace(case when path like '%.py' then substr(path, 1, length(path) - 3) else path end, '/', '.') as module
    from {{ ref('int_tests__identified') }}

),

tests as (

    select
        repo,
        test_id,
        name,
        params,
        case
            when class_name is null then module
            when class_name = module or left(class_name, length(module) + 1) = module || '.' then class_name
            else module || '.' || replace(class_name, '::', '.')
        end || '.' || name as dotted
    from places
    where module is not null

),

candidates as (

    select
        named.repo,
        named.test,
        tests.test_id,
        tests.dotted,
        named.dotted = tests.dotted as is_exact
    from named
    inner join tests
        on
            named.repo = tests.repo
            and split_part(named.dotted, '.', -1) = split_part(tests.dotted, '.', -1)
            and right('.' || tests.dotted, length(named.dotted) + 1) = '.' || named.dotted
            and (named.params is null or named.params = '[' || coalesce(tests.params, '') || ']')

),

judged as (

    select
        repo,
        test,
        bool_or(is_exact) as has_exact,
        count(distinct dotted) as places
    from candidates
    group by repo, test

)

select
    candidates.repo,
    candidates.test,
    candidates.test_id
from candidates
inner join judged on candidates.repo = judged.repo and candidates.test = judged.test
where candidates.is_exact or (not judged.has_exact and judged.places = 1)
