-- Grain: one row per repo and file of code in its newest list of files, if that is not too old. Tests, generated,
-- vendored and binary files, texts and data are none.
with newest as (

    select
        sizes.repo,
        max(sizes.size_day) as size_day
    from {{ ref('stg_git__component_sizes') }} as sizes
    cross join {{ ref('int_run__as_of') }} as run
    where sizes.size_day <= run.as_of
    group by sizes.repo

),

listed as (

    select
        sizes.repo,
        sizes.file,
        sizes.size_day,
        max(sizes.lines) as lines,
        '/' || lower(sizes.file) as path,
        split_part(lower(sizes.file), '/', -1) as leaf
    from {{ ref('stg_git__component_sizes') }} as sizes
    inner join newest on sizes.repo = newest.repo and sizes.size_day = newest.size_day
    cross join {{ ref('int_run__as_of') }} as run
    where sizes.size_day >= {{ days_before('run.as_of', threshold('size_max_age_days')) }}
    group by sizes.repo, sizes.file, sizes.size_day

),

other as (

    select distinct
        listed.repo,
        listed.file
    from listed
    inner join {{ ref('not_code') }} as rules
        on
            (rules.place = 'folder' and replace(listed.path, '/' || rules.name || '/', '') <> listed.path)
            or (rules.place = 'file' and listed.leaf = rules.name)
            or (rules.place = 'beginning' and left(listed.leaf, length(rules.name)) = rules.name)
            or (rules.place = 'ending' and right(listed.leaf, length(rules.name)) = rules.name)

)

select
    listed.repo,
    listed.file,
    listed.size_day,
    listed.lines
from listed
left join other on listed.repo = other.repo and listed.file = other.file
where listed.lines is not null and other.file is null
