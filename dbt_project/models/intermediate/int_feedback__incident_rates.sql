-- Grain: one row per period and metric that is a share of incidents: its value and how many incidents it is of. Without
-- any it is unknown.
with left_out as (

    select distinct
        source,
        incident_id
    from {{ ref('int_incidents__left_out') }}
    where is_shown

),

incidents as (

    select
        periods.period,
        correlated.*,
        left_out.incident_id is not null as is_predicted_left_out,
        correlated.tests = 0 or correlated.p_any_failure_measured is not null as is_compared
    from {{ ref('int_feedback__periods') }} as periods
    inner join {{ ref('int_incidents__correlated') }} as correlated
        on
            (periods.detected_from is null or correlated.detected >= periods.detected_from)
            and (periods.detected_to is null or correlated.detected <= periods.detected_to)
    left join left_out
        on correlated.source = left_out.source and correlated.incident_id = left_out.incident_id

),

counted as (

    select
        periods.period,
        count(*) filter (where is_eligible) as eligible,
        count(*) filter (where is_eligible and tests > 0) as covered,
        count(*) filter (where is_eligible and tests_of_mode > 0) as covered_mode,
        count(*) filter (where is_eligible and classification = 'predicted') as predicted,
        count(*) filter (where is_eligible and is_predicted_left_out) as predicted_left_out,
        count(*) filter (where is_eligible and classification in ('predicted', 'possible')) as seen,
        avg(case when is_eligible then coalesce(p_any_failure_by_chance, 0) end) as chance,
        -- Without a test none begins to fail. With too few days to count on, nothing is said of the incident.
        count(*) filter (where is_eligible and is_compared) as compared,
        count(*) filter (
            where is_eligible and is_compared and classification in ('predicted', 'possible')
        ) as seen_of_compared,
        avg(
            case when is_eligible and is_compared then coalesce(p_any_failure_measured, 0) end
        ) as measured_chance,
        count(*) filter (where component is not null) as located,
        count(*) filter (where component is not null and tests_failed > 0) as predictable
    from {{ ref('int_feedback__periods') }} as periods
    left join incidents on periods.period = incidents.period
    group by periods.period

)

{% set shares = {
    'incident_coverage_rate': ['covered', 'eligible'],
    'incident_coverage_rate_of_mode': ['covered_mode', 'eligible'],
    'prediction_rate': ['predicted', 'eligible'],
    'prediction_rate_leave_one_out': ['predicted_left_out', 'eligible'],
    'prediction_rate_naive': ['predictable', 'located'],
} %}
{% for metric, of in shares.items() %}
select
    period,
    '{{ metric }}' as metric,
    {{ ratio(of[0], of[1]) }} as value,
    cast({{ of[1] }} as bigint) as n
from counted
union all
{% endfor %}
select
    period,
    'prediction_rate_chance_corrected' as metric,
    case
        when eligible > 0 and chance < 1 then greatest(0, ({{ ratio('seen', 'eligible') }} - chance) / (1 - chance))
    end as value,
    cast(eligible as bigint) as n
from counted
union all
select
    period,
    'prediction_rate_above_chance' as metric,
    case
        when compared > 0 and measured_chance < 1
            then
                greatest(
                    0, ({{ ratio('seen_of_compared', 'compared') }} - measured_chance) / (1 - measured_chance)
                )
    end as value,
    cast(compared as bigint) as n
from counted
