-- Grain: one row per issue and gap that it is a ticket of. One that merely names the flow is none: precision first.
with issues as (

    select
        source,
        issue_key,
        title,
        issue_status,
        flow_hint,
        lower(coalesce(labels_json, '')) as labels,
        lower(coalesce(labels_json, '') || ' ' || coalesce(title, '')) as words,
        {{ folded_title('title') }} as folded_title,
        created_at,
        created_day,
        resolved_day,
        -- A resolution may be missing in a done state, and stay behind when an issue is opened again.
        case
            when status_category = 'done' then true
            when status_category in ('new', 'indeterminate') then false
            else resolved_at is not null
        end as is_resolved
    from {{ ref('int_issues__current') }}

),

-- Few: only these are compared with every gap.
marked as (

    select * from issues
    where position('gapsight-g' in words) > 0 or position('gap:g' in words) > 0

),

found as (

    select
        marked.*,
        gaps.gap_id,
        'gap_id' as matched_by,
        1 as rule
    from marked
    inner join {{ ref('int_gaps__possible') }} as gaps
        on
            position('gapsight-' || gaps.gap_id in marked.words) > 0
            or position('gap:' || gaps.gap_id in marked.words) > 0
    union all
    select
        issues.*,
        gaps.gap_id,
        'title' as matched_by,
        2 as rule
    from issues
    inner join {{ ref('int_gaps__possible') }} as gaps on issues.folded_title = gaps.folded_title
    union all
    select
        issues.*,
        gaps.gap_id,
        'labels' as matched_by,
        3 as rule
    from issues
    inner join {{ ref('int_gaps__possible') }} as gaps
        on
            issues.flow_hint = gaps.flow
            and (
                position(chr(34) || gaps.gap_type || chr(34) in issues.labels) > 0
                or position(chr(34) || 'gap:' || gaps.gap_type || chr(34) in issues.labels) > 0
            )
    union all
    -- The flow of this gap has left the catalogue, or the ticket is of another workspace.
    select
        marked.*,
        substr(labels, position('gapsight-g' in labels) + 9, 13) as gap_id,
        'gap_id' as matched_by,
        4 as rule
    from marked
    where
        position(chr(34) || 'gapsight-g' in labels) > 0
        and substr(labels, position('gapsight-g' in labels) + 22, 1) = chr(34)

)

select
    source,
    issue_key,
    gap_id,
    title,
    issue_status,
    matched_by,
    rule,
    is_resolved,
    {{ ticket_url('source', 'issue_key') }} as ticket_url,
    created_at,
    created_day,
    resolved_day
from found
qualify row_number() over (partition by source, issue_key, gap_id order by rule asc) = 1
