-- Grain: one row per issue that is a ticket of a gap: is it still needed, and did closing it close the gap?
with tickets as (

    select
        tickets.*,
        gaps.gap_type,
        gaps.flow,
        gaps.is_found,
        -- The title says the flow, not which of its gaps: while none of them stands, no type can be told.
        tickets.matched_by = 'title' and not gaps.is_found as is_of_any_gap
    from {{ ref('int_tickets__gaps') }} as tickets
    left join {{ ref('int_gaps__possible') }} as gaps on tickets.gap_id = gaps.gap_id
    qualify row_number() over (
        partition by tickets.source, tickets.issue_key
        order by
            coalesce(gaps.is_found, false) desc, tickets.rule asc, gaps.gap_score desc nulls last, tickets.gap_id asc
    ) = 1

)

select
    tickets.source,
    tickets.issue_key as ticket_key,
    tickets.title as ticket_title,
    case when not tickets.is_of_any_gap then tickets.gap_id end as gap_id,
    case when not tickets.is_of_any_gap then tickets.gap_type end as gap_type,
    tickets.flow,
    flows.product,
    flows.owner,
    tickets.matched_by,
    case
        when tickets.flow is null then 'unknown_gap'
        when tickets.is_found and tickets.is_resolved then 'closed_but_gap_stands'
        when tickets.is_found then 'open'
        when tickets.is_resolved then 'done'
        else 'can_be_closed'
    end as state,
    tickets.issue_status as ticket_status,
    tickets.ticket_url,
    tickets.created_day,
    tickets.resolved_day,
    run.as_of
from tickets
left join {{ ref('int_flows__catalogued') }} as flows on tickets.flow = flows.flow
cross join {{ ref('int_run__as_of') }} as run
