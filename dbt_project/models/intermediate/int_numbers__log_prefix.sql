-- Grain: one row per number k: the sum of ln(0.5 + j) for j from 0 to k - 1.
-- A prefix sum in place of lgamma, which not every engine has (scores.md section 2, a = 0.5).
select
    n as k,
    coalesce(sum(ln(0.5e0 + n)) over (order by n asc rows between unbounded preceding and 1 preceding), 0) as log_rising
from {{ ref('numbers') }}
