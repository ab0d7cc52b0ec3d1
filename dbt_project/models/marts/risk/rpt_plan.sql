-- Grain: one row per flow of the catalogue: what the ticket of its gap would buy, or why none is planned.
-- Closing a gap means: coverage at the release target. R then loses the points of coverage between here and there.
with target as (

    -- Coverage above the cap cannot be seen, so it cannot be promised.
    select least({{ threshold('release_coverage') }}, {{ threshold('coverage_cap') }}) as coverage_target

),

flows as (

    select
        scores.entity as flow,
        scores.title,
        scores.product,
        scores.owner,
        scores.status,
        scores.usage_p95,
        scores.coverage,
        scores.decision,
        scores.as_of,
        gaps.gap_id,
        gaps.gap_type,
        gaps.ticket_title,
        catalogued.effort_hours,
        case when scores.decision <> 'insufficient_data' then scores.risk end as risk,
        -- Unmeasured coverage stands at half its weight in R, and so it does here.
        inputs.points - inputs.max_points * (1 - target.coverage_target) as points_lost,
        case
            when scores.coverage is null or scores.coverage < target.coverage_target then target.coverage_target
        end as coverage_after
    from {{ ref('fct_risk_scores') }} as scores
    cross join target
    inner join {{ ref('fct_risk_inputs') }} as inputs
        on scores.grain = inputs.grain and scores.entity = inputs.entity and inputs.input = 'coverage_gap'
    left join {{ ref('fct_top_gaps') }} as gaps
        on scores.entity = gaps.flow and gaps.runtime = 'all' and gaps.is_primary
    left join {{ ref('int_flows__catalogued') }} as catalogued on scores.entity = catalogued.flow
    where scores.grain = 'flow'

),

judged as (

    select
        *,
        case
            when status = 'sunset' then 'the flow is being retired'
            when usage_p95 is null then 'its usage is not known'
            when risk is null then 'too few inputs are known to score its risk'
            when gap_id is null then 'no gap is listed for it'
            when coverage_after is null then 'its coverage is at the target: no more of it lowers its risk'
            when coalesce(usage_p95 * points_lost, 0) <= 0 then 'nobody used it, or coverage has no say in the score'
        end as not_planned_reason
    from flows

),

reckoned as (

    select
        *,
        usage_p95 * risk / 100 as weighted_risk,
        case when not_planned_reason is null then risk - points_lost end as risk_after,
        case when not_planned_reason is null then usage_p95 * points_lost / 100 end as gain
    from judged

)

select
    flow,
    title,
    product,
    owner,
    gap_id,
    gap_type,
    ticket_title,
    usage_p95,
    coverage,
    case when not_planned_reason is null then coverage_after end as coverage_after,
    risk,
    risk_after,
    decision,
    weighted_risk,
    gain,
    effort_hours,
    gain / nullif(effort_hours, 0) as gain_per_hour,
    case when gain is not null then cast(rank() over (order by gain desc nulls last, flow asc) as bigint) end
        as plan_rank,
    -- What takes no hour comes first.
    case
        when gain is not null and effort_hours is not null
            then cast(rank() over (
                partition by gain is not null and effort_hours is not null
                order by effort_hours > 0 asc, gain / nullif(effort_hours, 0) desc, gain desc, flow asc
            ) as bigint)
    end as plan_rank_per_hour,
    not_planned_reason,
    as_of
from reckoned
