-- Grain: one row per input and direction: what of the Top-N by risk stays if that weight alone were another one.
with variants as (

    select
        *,
        rank_now <= {{ threshold('top_n') }} as is_top_now,
        risk_rank <= {{ threshold('top_n') }} as is_top
    from {{ ref('int_sensitivity__varied') }}

),

summed as (

    select
        input,
        direction,
        max(weight_tried) as weight_tried,
        cast(count(*) filter (where is_top_now) as bigint) as top_flows,
        cast(count(*) filter (where is_top_now and is_top) as bigint) as staying,
        {{ dbt.listagg("case when is_top_now and not is_top then flow end", "', '", "order by rank_now") }}
            as flows_leaving,
        {{ dbt.listagg("case when is_top and not is_top_now then flow end", "', '", "order by risk_rank") }}
            as flows_entering,
        cast(max(abs(risk_rank - rank_now)) filter (where is_top_now) as bigint) as largest_rank_shift,
        cast(count(*) filter (where decision <> decision_now) as bigint) as decisions_changed,
        {{ dbt.listagg("case when decision <> decision_now then flow end", "', '", "order by rank_now") }}
            as flows_decided_otherwise
    from variants
    group by input, direction

)

select
    summed.input,
    summed.direction,
    weights.weight,
    summed.weight_tried,
    summed.top_flows,
    summed.staying,
    {{ ratio('summed.staying', 'summed.top_flows') }} as share_staying,
    nullif(summed.flows_leaving, '') as flows_leaving,
    nullif(summed.flows_entering, '') as flows_entering,
    coalesce(summed.largest_rank_shift, 0) as largest_rank_shift,
    summed.decisions_changed,
    nullif(summed.flows_decided_otherwise, '') as flows_decided_otherwise,
    run.as_of
from summed
inner join {{ ref('int_weights__in_force') }} as weights on summed.input = weights.input
cross join {{ ref('int_run__as_of') }} as run
