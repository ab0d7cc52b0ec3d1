-- Grain: one row per kind, source and name that leads no further. `label` is the part of the name that says what
-- it is about, empty where that is no flow; `problem` tells apart what needs different words.
with paths as (

    select
        repo || ' ' || file as name,
        max(committed_files) as committed_files
    from {{ ref('int_files__known') }}
    group by repo || ' ' || file

)

select
    items.kind,
    items.source,
    items.name,
    items.label,
    items.volume,
    items.last_day,
    case
        when items.kind <> 'coverage_path' then ''
        when paths.committed_files > 1 then 'several_files'
        when items.label like '/%' or items.label like '%:%' then 'absolute'
        when paths.committed_files = 1 then 'committed'
        else 'not_committed'
    end as problem
from {{ ref('int_unmapped__by_flow') }} as items
left join paths on items.name = paths.name and items.kind = 'coverage_path'
union all
select
    kind,
    source,
    name,
    label,
    cast(volume as bigint) as volume,
    last_day,
    '' as problem
from {{ ref('int_unmapped__by_join') }}
