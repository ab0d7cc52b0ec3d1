-- Grain: one row per test, under its current id: what the reports of its latest CI run say of it. A tag that one
-- format of that run lacks comes from another.
{% set tags = [
    'tags_json', 'flow_tag', 'risk_tag', 'component_tag', 'owner_tag', 'failure_mode', 'tier', 'kind', 'platform_tag',
    'feature', 'event', 'persona', 'verifies', 'mocks', 'region',
] %}
{% set told = [
    'test_id', 'base_id', 'run_day', 'run_id', 'started_at', 'reported_attempt', 'raw_environment', 'source', 'repo',
    'suite', 'path', 'class_name', 'name', 'params', 'incident',
] + tags %}
with
-- Twice, as an engine makes once, with all its columns, what is read twice.
{% for rows_of, columns in [('days', ['test_id', 'run_day']), ('reports', told)] %}
{{ rows_of }} as (

    select {{ columns | join(', ') }}
    from {{ ref('int_test_reports__last') }}
    where month < {{ as_of_month() }}
    union all
    select {{ columns | join(', ') }}
    from {{ ref('stg_ci__test_attempts') }}
    where
        run_day >= {{ as_of_month() }}
        and run_day <= {{ as_of_day() }}

),

{% endfor %}
latest as (

    select
        ids.test_id,
        coalesce(
            max(case when days.test_id = ids.test_id then days.run_day end), max(days.run_day)
        ) as run_day
    from days
    inner join {{ ref('int_test_ids__current') }} as ids on days.test_id = ids.reported_id
    group by ids.test_id

),

-- Narrowed first: only the rows of a test's last day are put in order. Where it goes by an alias, what older branches
-- still report under its old name does not describe it.
ordered as (

    select
        latest.test_id as known_id,
        reports.*,
        first_value(reports.run_id) over newest_first as latest_run_id,
        row_number() over newest_first as newest
    from reports
    inner join {{ ref('int_test_ids__current') }} as ids on reports.test_id = ids.reported_id
    inner join latest on ids.test_id = latest.test_id and reports.run_day = latest.run_day
    window newest_first as (
        partition by latest.test_id
        order by
            case when reports.test_id = latest.test_id then 0 else 1 end asc,
            reports.started_at desc nulls last, reports.run_id desc, reports.reported_attempt desc,
            reports.raw_environment asc nulls last, reports.source asc
    )

)

select
    known_id as test_id,
    max(case when newest = 1 then base_id end) as base_id,
    max(case when newest = 1 then repo end) as repo,
    max(case when newest = 1 then source end) as format,
    max(case when newest = 1 then suite end) as suite,
    max(case when newest = 1 then path end) as path,
    max(case when newest = 1 then class_name end) as class_name,
    max(case when newest = 1 then name end) as name,
    max(case when newest = 1 then params end) as params,
    {% for tag in tags %}
    min_by({{ tag }}, newest) filter (where {{ tag }} is not null) as {{ tag }},
    {% endfor %}
    min_by(incident, newest) filter (where incident is not null) as incident
from ordered
where run_id = latest_run_id or newest = 1
group by known_id
