-- Grain: one row per grain, entity, runtime and kept as-of day: risk as it was told on that day, and how far it moved.
-- Today's row is of this build; the earlier ones are never computed again.
with told as (

    select
        kept.grain,
        kept.entity,
        kept.runtime,
        kept.as_of,
        kept.risk,
        kept.risk_low,
        kept.risk_high,
        kept.known_weight,
        kept.decision,
        kept.usage_p95,
        kept.coverage,
        kept.weights_valid_from,
        kept.kept_by
    from {{ ref('int_history__scores') }} as kept
    inner join {{ ref('int_history__days') }} as shown on kept.as_of = shown.as_of and shown.is_shown
    union all
    select
        grain,
        entity,
        runtime,
        as_of,
        risk,
        risk_low,
        risk_high,
        known_weight,
        decision,
        usage_p95,
        coverage,
        weights_valid_from,
        'run' as kept_by
    from {{ ref('fct_risk_scores') }}
    where as_of is not null

),

days as (

    select as_of
    from {{ ref('int_history__days') }}
    where is_shown
    union all
    select as_of
    from {{ ref('int_run__as_of') }}

),

pairs as (

    select
        days.as_of,
        max(before.as_of) as compared_with
    from days
    inner join days as before on before.as_of <= {{ days_before('days.as_of', 7) }}
    group by days.as_of

)

select
    today.grain,
    today.entity,
    today.runtime,
    today.as_of,
    today.risk,
    today.risk_low,
    today.risk_high,
    today.known_weight,
    today.decision,
    today.usage_p95,
    today.coverage,
    today.weights_valid_from,
    earlier.as_of as compared_with,
    earlier.risk as risk_before,
    earlier.decision as decision_before,
    today.risk - earlier.risk as risk_moved,
    today.kept_by
from told as today
left join pairs on today.as_of = pairs.as_of
left join told as earlier
    on
        pairs.compared_with = earlier.as_of
        and today.grain = earlier.grain
        and today.entity = earlier.entity
        and today.runtime = earlier.runtime
