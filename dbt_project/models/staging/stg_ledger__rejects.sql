-- Grain: one row per rejected record of an inbox file (the first 1,000 of a file are kept).
select
    source,
    _file as file_id,
    path,
    day as folder_day,
    member,
    position,
    reason,
    excerpt
from {{ source('raw', 'rejects') }}
