-- Grain: one row per metric of the incident loop: its value and how many incidents it is of. Without any it is unknown.
with eligible as (

    select
        count(*) as incidents,
        count(*) filter (where tests > 0) as covered,
        count(*) filter (where tests_of_mode > 0) as covered_mode,
        count(*) filter (where classification = 'predicted') as predicted,
        count(*) filter (where classification in ('predicted', 'possible')) as seen,
        avg(coalesce(p_any_failure_by_chance, 0)) as chance
    from {{ ref('int_incidents__correlated') }}
    where is_eligible

),

naive as (

    select
        count(*) as incidents,
        count(*) filter (where tests_failed > 0) as predictable
    from {{ ref('int_incidents__correlated') }}
    where component is not null

),

metrics as (

    select
        'incident_coverage_rate' as metric,
        {{ ratio('covered', 'incidents') }} as value,
        incidents as n,
        0.7 as target
    from eligible
    union all
    select
        'incident_coverage_rate_of_mode' as metric,
        {{ ratio('covered_mode', 'incidents') }} as value,
        incidents as n,
        null as target
    from eligible
    union all
    select
        'prediction_rate' as metric,
        {{ ratio('predicted', 'incidents') }} as value,
        incidents as n,
        0.3 as target
    from eligible
    union all
    select
        'prediction_rate_chance_corrected' as metric,
        case
            when incidents > 0 and chance < 1
                then greatest(0, ({{ ratio('seen', 'incidents') }} - chance) / (1 - chance))
        end as value,
        incidents as n,
        null as target
    from eligible
    union all
    select
        'prediction_rate_naive' as metric,
        {{ ratio('predictable', 'incidents') }} as value,
        incidents as n,
        null as target
    from naive

)

select
    metrics.metric,
    cast(metrics.value as double) as value,
    metrics.n,
    cast(metrics.target as double) as target,
    metrics.value > metrics.target as is_met,
    run.as_of
from metrics
cross join {{ ref('int_run__as_of') }} as run
