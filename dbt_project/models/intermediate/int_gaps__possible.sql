-- Grain: one row per gap type and flow, found or not: the id and title that its ticket has or would have.
with types as (

    select 'high_usage_low_coverage' as gap_type
    union all
    select 'high_usage_unmeasured_coverage' as gap_type
    union all
    select 'high_usage_high_defects' as gap_type
    union all
    select 'high_revenue_any_risk' as gap_type

),

flows as (

    select
        coalesce(entity, flow) as flow,
        {{ gap_platform('dominant_platform') }} as platform
    from {{ ref('int_entity__measures') }}
    where coalesce(grain, 'flow') = 'flow'

)

select
    {{ gap_id('types.gap_type', 'flows.flow', "'all'") }} as gap_id,
    types.gap_type,
    flows.flow,
    {{ folded_title(ticket_title('flows.flow', 'flows.platform')) }} as folded_title,
    found.flow is not null as is_found,
    found.gap_score
from flows
cross join types
left join {{ ref('int_gaps__found') }} as found on types.gap_type = found.gap_type and flows.flow = found.flow
