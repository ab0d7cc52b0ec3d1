-- Grain: one row per test id that goes by another one now. Few: what is stored by day is made again when they change.
select
    reported_id,
    test_id
from {{ ref('int_test_ids__current') }}
where reported_id <> test_id
