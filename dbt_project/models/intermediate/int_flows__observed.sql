-- Grain: one row per flow that users were ever seen using in production, up to the as-of day.
select
    counts.flow,
    max(counts.usage_day) as last_used_day
from {{ ref('int_usage__flow_counts') }} as counts
cross join {{ ref('int_run__as_of') }} as run
where
    counts.actor = 'user'
    and counts.flow is not null
    and counts.usage_day <= run.as_of
group by counts.flow
