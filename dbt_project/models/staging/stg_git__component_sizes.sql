-- Grain: one row per repository, day, commit and file: how many lines the file had as the day ended; NULL for binary
-- ones.
select
    source,
    repo,
    sha,
    file,
    lines,
    day as size_day,
    min(_file) as file_id
from {{ source('raw', 'component_sizes') }}
group by source, repo, sha, file, lines, day
