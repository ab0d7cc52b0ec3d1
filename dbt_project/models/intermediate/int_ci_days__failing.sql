-- Grain: one row per day on which a CI run began, for what is stored of failing tests: a day looks back as far as a
-- test may be away and still be there, and knows the outages of those days.
select
    days.day,
    {{ days_before('days.day', threshold('test_gone_days')) }} as from_day,
    days.day as until_day,
    max(cast({{ threshold('test_gone_days') }} as string))
    || coalesce({{ dbt.listagg("' ' || noisy.run_id", "''", 'order by noisy.run_id') }}, '') as digest
from {{ ref('stg_ci__days') }} as days
left join {{ ref('int_ci_runs__noise_flagged') }} as noisy
    on
        noisy.noisy
        and noisy.run_day <= days.day
        and noisy.run_day >= {{ days_before('days.day', threshold('test_gone_days')) }}
cross join {{ ref('int_run__as_of') }} as run
where days.day <= run.as_of
group by days.day
