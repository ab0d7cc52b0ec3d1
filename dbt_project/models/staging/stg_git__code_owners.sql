-- Grain: one row per day, repository, inbox file and rule of its CODEOWNERS file.
select distinct
    source,
    day as owners_day,
    repo,
    position,
    pattern,
    section,
    owners_json,
    excluded as is_excluded,
    _file as file_id
from {{ source('raw', 'code_owners') }}
