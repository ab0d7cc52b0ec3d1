{# One row per test and month: when and how often it ran there. Of runs that began together, as in two environments,
   always the same one is the last. #}
{% macro tests_ran(runs, which) -%}
select
    cast({{ dbt.date_trunc('month', 'run_day') }} as date) as month,
    test_id,
    min(run_day) as first_day,
    max(run_day) as last_day,
    min(case when last_status = 'passed' and {{ is_main_branch('branch') }} then run_day end) as first_pass_day,
    cast(count(*) as bigint) as runs,
    max_by(
        last_status,
        coalesce(cast(started_at as string), '') || ' ' || run_id || ' ' || env
    ) as last_status
from {{ runs }}
where {{ which }}
group by cast({{ dbt.date_trunc('month', 'run_day') }} as date), test_id
{%- endmacro %}
