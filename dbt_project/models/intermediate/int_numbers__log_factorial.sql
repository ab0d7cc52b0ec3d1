-- Grain: one row per number n: ln(n!), a prefix sum in place of lgamma, which not every engine has.
select
    n,
    coalesce(sum(ln(1.0e0 + n)) over (order by n asc rows between unbounded preceding and 1 preceding), 0)
        as log_factorial
from {{ ref('numbers') }}
