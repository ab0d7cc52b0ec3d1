-- Grain: one row per kind, flow and day on which a figure was far from what it usually is, and not only by chance.
-- Use must differ from the same weekday a week before, too: a quiet Sunday is none.
with kinds as (

    select
        *,
        case
            when metric = 'usage' and deviations < 0 then 'usage_drop'
            when metric = 'usage' then 'usage_rise'
            when metric = 'errors' then 'error_burst'
            when metric = 'support' then 'support_spike'
            else metric
        end as kind
    from {{ ref('int_flow_days__compared') }}
    where abs(deviations) >= {{ threshold('anomaly_deviations') }}

)

select
    kind,
    flow,
    day,
    part,
    whole,
    value,
    usual,
    week_before,
    deviations,
    baseline_days
from kinds
where
    case
        when metric = 'usage'
            then
                greatest(value, usual) >= {{ threshold('anomaly_min_events') }}
                and abs(value - usual) >= {{ threshold('anomaly_min_change') }} * usual
                and (
                    week_before is null
                    or (
                        abs(value - week_before) >= {{ threshold('anomaly_min_change') }} * week_before
                        and (value - week_before) * deviations > 0
                    )
                )
        when deviations < 0 then false
        when metric = 'errors'
            then value >= {{ threshold('anomaly_error_share') }} and part >= {{ threshold('anomaly_min_count') }}
        when metric = 'drop_off' then value - usual >= {{ threshold('anomaly_drop_off') }}
        else
            part >= {{ threshold('anomaly_min_count') }}
            and value - usual >= {{ threshold('anomaly_min_change') }} * usual
    end
