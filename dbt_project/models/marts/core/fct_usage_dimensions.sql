-- Grain: one row per day, flow, kind, is_score_basis, dimension and value: what users did, by a dimension that
-- fct_usage_daily does not have. Each dimension adds up to the same events; they cannot be crossed.
{{ by_day('day', 'int_usage__days', told=['int_run__as_of']) }}
with flow_bases as (

    select
        flow,
        usage_basis
    from {{ ref('int_flows__catalogued') }}

),

counted as (

    select
        counts.usage_day,
        counts.flow,
        counts.kind,
        coalesce(counts.usage_basis = flow_bases.usage_basis, false) as is_score_basis,
        coalesce(counts.device, 'unknown') as device,
        coalesce(counts.locale, 'unknown') as locale,
        coalesce(counts.experiment, 'unknown') as experiment,
        sum(counts.events) as events
    from {{ ref('int_usage__flow_counts') }} as counts
    left join flow_bases on counts.flow = flow_bases.flow
    cross join {{ ref('int_run__as_of') }} as run
    where
        counts.actor = 'user'
        and counts.flow is not null
        and counts.usage_day <= run.as_of
        and {{ batch_days('counts.usage_day') }}
    group by
        counts.usage_day,
        counts.flow,
        counts.kind,
        coalesce(counts.usage_basis = flow_bases.usage_basis, false),
        coalesce(counts.device, 'unknown'),
        coalesce(counts.locale, 'unknown'),
        coalesce(counts.experiment, 'unknown')

)

{% for dimension in ['device', 'locale', 'experiment'] %}
select
    usage_day as day,
    flow,
    kind,
    is_score_basis,
    '{{ dimension }}' as dimension,
    {{ dimension }} as value,
    cast(sum(events) as bigint) as events
from counted
group by usage_day, flow, kind, is_score_basis, {{ dimension }}
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
