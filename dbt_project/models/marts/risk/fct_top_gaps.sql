-- Grain: one row per gap type, flow and runtime: where a test is missing most, with the text of its ticket.
with gaps as (

    select
        found.gap_type,
        found.flow,
        'all' as runtime,
        found.gap_score,
        found.is_top_overall,
        scores.title,
        scores.product,
        scores.owner,
        scores.usage_p95,
        scores.coverage,
        scores.risk,
        scores.risk_low,
        scores.risk_high,
        scores.decision,
        {{ gap_platform('scores.dominant_platform') }} as dominant_platform,
        case
            when scores.coverage is null then 'unmeasured'
            else cast({{ half_up('100 * scores.coverage', 0) }} as bigint) || ' %'
        end
            as coverage_text,
        coalesce(cast({{ half_up('scores.usage_p95', 0) }} as bigint) || '/day', 'unknown') as usage_text,
        case
            when scores.risk >= {{ threshold('decision_automate_now_risk') }} then 'critical'
            when scores.risk >= {{ threshold('decision_automate_some_risk') }} then 'high'
            when scores.risk >= {{ threshold('decision_invest_risk') }} then 'medium'
            else 'low'
        end as risk_label
    from {{ ref('int_gaps__found') }} as found
    inner join {{ ref('fct_risk_scores') }} as scores
        on found.flow = scores.entity and scores.grain = 'flow' and scores.runtime = 'all'

),

named as (

    select
        gaps.*,
        {{ gap_id('gaps.gap_type', 'gaps.flow', 'gaps.runtime') }} as gap_id
    from gaps

),

tickets as (

    select * from {{ ref('int_tickets__gaps') }}
    -- The one to work on: an open one before a closed one, then by how sure it is, then the newest.
    qualify row_number() over (
        partition by gap_id
        order by is_resolved asc, rule asc, created_at desc nulls last, source asc, issue_key asc
    ) = 1

)

select
    gaps.gap_id,
    gaps.gap_type,
    gaps.flow,
    gaps.runtime,
    gaps.title,
    gaps.product,
    gaps.owner,
    gaps.dominant_platform,
    gaps.gap_score,
    cast(row_number() over (order by gaps.gap_score desc, gaps.gap_type asc, gaps.flow asc) as bigint) as gap_rank,
    case
        when gaps.is_top_overall
            then cast(row_number() over (
                partition by gaps.gap_type, gaps.is_top_overall order by gaps.gap_score desc, gaps.flow asc
            ) as bigint)
    end as rank_overall,
    cast(row_number() over (
        partition by gaps.gap_type, gaps.product order by gaps.gap_score desc, gaps.flow asc
    ) as bigint) as rank_in_product,
    row_number() over (partition by gaps.flow order by gaps.gap_score desc, gaps.gap_type asc) = 1 as is_primary,
    gaps.usage_p95,
    gaps.coverage,
    gaps.usage_p95 * (1 - gaps.coverage) as exposure,
    gaps.risk,
    gaps.risk_low,
    gaps.risk_high,
    gaps.decision,
    {{ ticket_title('gaps.flow', 'gaps.dominant_platform') }} as ticket_title,
    'Top-N by usage (p95 ' || gaps.usage_text || ') with coverage ' || gaps.coverage_text || '.' || chr(10)
    || 'Acceptance: e2e covers start to complete; deterministic locators and hermetic data; '
    || 'cross-browser parity per platform mix.' as ticket_body,
    'flow:' || gaps.flow || ' risk:' || gaps.risk_label || ' owner:' || coalesce(gaps.owner, 'none') as ticket_labels,
    tickets.issue_key as ticket_key,
    tickets.source as ticket_source,
    case when tickets.is_resolved then 'closed_but_gap_stands' when not tickets.is_resolved then 'open' end
        as ticket_status,
    tickets.matched_by as ticket_matched_by,
    tickets.ticket_url,
    run.as_of
from named as gaps
left join tickets on gaps.gap_id = tickets.gap_id
cross join {{ ref('int_run__as_of') }} as run
