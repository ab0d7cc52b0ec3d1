-- Grain: one row per day of the observed range.
select cast({{ days_before('observed.observed_from', '-1 * (ones.n + 1001 * thousands.n)') }} as date) as day
from {{ ref('int_ci__observed_range') }} as observed
cross join {{ ref('numbers') }} as ones
cross join {{ ref('numbers') }} as thousands
where
    thousands.n < 20
    and {{ days_before('observed.observed_from', '-1 * (ones.n + 1001 * thousands.n)') }} <= observed.observed_to
