-- Grain: one row per test without its parameters: its own name, without describe blocks, and the place it stands in.
with tests as (

    select
        base_id,
        max(repo) as repo,
        max(path) as path,
        max(split_part(name, ' › ', -1)) as leaf
    from {{ ref('int_tests__tagged') }}
    group by base_id

)

select
    base_id,
    repo,
    path,
    leaf,
    substr(base_id, 1, length(base_id) - length(leaf)) as place
from tests
