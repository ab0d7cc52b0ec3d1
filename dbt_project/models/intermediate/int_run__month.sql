-- Grain: one row: the as-of day and the first day of its month. Months before it are over and stored as such; of the
-- as-of day's own month, its days are read.
select
    as_of,
    cast({{ dbt.date_trunc('month', 'as_of') }} as date) as month
from {{ ref('int_run__as_of') }}
