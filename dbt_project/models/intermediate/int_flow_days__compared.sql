-- Grain: one row per metric, flow and day of the last anomaly_window_days: its figure beside those of the loaded days
-- before it. Median and median deviation: a day that was odd itself moves neither.
with pairs as (

    select
        judged.metric,
        judged.flow,
        judged.day,
        before.value as value_before
    from {{ ref('int_flow_days__measured') }} as judged
    inner join {{ ref('int_flow_days__measured') }} as before
        on
            judged.metric = before.metric
            and judged.flow = before.flow
            and before.n < judged.n
            and before.n >= judged.n - {{ threshold('anomaly_baseline_days') }}
    cross join {{ ref('int_run__as_of') }} as run
    where judged.day > {{ days_before('run.as_of', threshold('anomaly_window_days')) }}

),

medians as (

    select
        metric,
        flow,
        day,
        cast(count(*) as bigint) as baseline_days,
        percentile_cont(0.5e0) within group (order by value_before asc) as usual
    from pairs
    group by metric, flow, day

),

spreads as (

    select
        pairs.metric,
        pairs.flow,
        pairs.day,
        percentile_cont(0.5e0) within group (order by abs(pairs.value_before - medians.usual) asc) as spread
    from pairs
    inner join medians
        on pairs.metric = medians.metric and pairs.flow = medians.flow and pairs.day = medians.day
    group by pairs.metric, pairs.flow, pairs.day

),

scattered as (

    select
        measured.metric,
        measured.flow,
        measured.day,
        measured.part,
        measured.whole,
        measured.value,
        medians.usual,
        medians.baseline_days,
        week_before.value as week_before,
        greatest(
            1.4826e0 * spreads.spread,
            -- No less than chance scatters a count, or a share of so many.
            case
                when measured.whole is null then sqrt(greatest(medians.usual, 1.0e0))
                else sqrt(greatest(medians.usual, 1.0e0 / measured.whole) / measured.whole)
            end
        ) as scatter
    from {{ ref('int_flow_days__measured') }} as measured
    inner join medians
        on measured.metric = medians.metric and measured.flow = medians.flow and measured.day = medians.day
    inner join spreads
        on measured.metric = spreads.metric and measured.flow = spreads.flow and measured.day = spreads.day
    left join {{ ref('int_flow_days__measured') }} as week_before
        on
            measured.metric = week_before.metric
            and measured.flow = week_before.flow
            and {{ days_before('measured.day', 7) }} = week_before.day
    where medians.baseline_days >= {{ threshold('usage_min_loaded_days') }}

)

select
    *,
    {{ stable('(value - usual) / scatter') }} as deviations
from scattered
