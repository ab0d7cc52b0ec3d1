-- Grain: one row: how many days before the as-of day the newest folder of issues, commits and CI results lies.
select
    {{ dbt.datediff("max(case when loads.family = 'issues' then loads.folder_day end)", 'max(run.as_of)', 'day') }}
        as issues_age_days,
    {{ dbt.datediff("max(case when loads.family = 'git' then loads.folder_day end)", 'max(run.as_of)', 'day') }}
        as git_age_days,
    {{ dbt.datediff("max(case when loads.family = 'ci' then loads.folder_day end)", 'max(run.as_of)', 'day') }}
        as ci_age_days
from {{ ref('int_run__as_of') }} as run
left join {{ ref('stg_ledger__loads') }} as loads on loads.folder_day <= run.as_of and loads.rows_loaded > 0
