-- Grain: one row per inbox file, raw table and source of its rows: what a file gave, of a bundle by the formats
-- of its reports.
select
    loads.source,
    rows_of.file_id,
    loads.path,
    loads.folder_day,
    rows_of.table_name,
    rows_of.row_source,
    cast(sum(rows_of.rows_in_lake) as bigint) as rows_in_lake
from {{ ref('stg_ledger__rows') }} as rows_of
inner join {{ ref('stg_ledger__loads') }} as loads on rows_of.file_id = loads.file_id
group by loads.source, rows_of.file_id, loads.path, loads.folder_day, rows_of.table_name, rows_of.row_source
