-- Grain: one row per scored entity: what to do, and whether unknown inputs could change it.
with decided as (

    select
        *,
        {{ decision('risk') }} as decision,
        {{ decision('risk_low') }} as decision_low,
        {{ decision('risk_high') }} as decision_high
    from {{ ref('int_score__bounds') }}

)

select
    grain,
    entity,
    runtime,
    risk,
    risk_low,
    risk_high,
    known_weight,
    weights_valid_from,
    determinism,
    decision,
    decision_low,
    decision_high,
    decision_low = decision_high as decision_stable,
    case
        when decision = 'insufficient_data' then 'too few inputs are known'
        when decision = 'dont_invest' and status = 'sunset' then 'the flow is being retired'
        when decision = 'dont_invest' then 'the risk is low'
        when decision = 'explore_only' and (status = 'sunset' or one_off) then 'retired or run once: people explore it'
        when decision = 'explore_only' and determinism < {{ threshold('decision_min_determinism') }}
            then 'stabilise first: its tests would be flaky'
        when decision = 'explore_only' then 'the risk does not carry automation'
        when decision = 'automate_now' then 'high risk and repeatable'
        when determinism is null then 'high enough risk; determinism is not known: answer the two questions'
        when
            determinism < {{ threshold('decision_high_determinism') }}
            then 'high enough risk; not repeatable enough for full automation'
        else 'enough risk for the core of it'
    end as decision_reason
from decided
