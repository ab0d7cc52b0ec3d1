-- Grain: one row per kind, flow and day of the last week on which a flow was not as it usually is, with a charter.
with worded as (

    select
        found.*,
        coalesce(scores.dominant_platform, 'all platforms') as platform,
        flows.title,
        flows.product,
        flows.owner,
        case
            when found.whole is null
                then
                    cast(found.part as string) || case found.kind when 'support_spike' then ' tickets' else ' uses' end
                    || ', usually ' || {{ rounded('found.usual') }}
            else
                {{ percent_text('found.value') }} || ' of ' || cast(found.whole as string)
                || case found.kind when 'error_burst' then ' requests' else ' uses' end
                || ', usually ' || {{ percent_text('found.usual') }}
        end as evidence
    from {{ ref('int_anomalies__found') }} as found
    inner join {{ ref('int_flows__catalogued') }} as flows on found.flow = flows.flow
    left join {{ ref('int_entity_usage__summarised') }} as scores
        on found.flow = scores.entity and scores.grain = 'flow' and scores.runtime = 'all'

)

select
    worded.kind,
    worded.flow,
    worded.day,
    worded.title,
    worded.product,
    worded.owner,
    worded.platform,
    worded.part,
    worded.whole,
    cast(worded.value as double) as value,
    cast(worded.usual as double) as usual,
    cast(worded.week_before as double) as week_before,
    cast(worded.deviations as double) as deviations,
    worded.baseline_days,
    worded.evidence,
    'Explore ' || worded.flow || ' on ' || worded.platform || ' with '
    || case worded.kind
        when 'error_burst' then 'the requests that the server failed on'
        when 'usage_drop' then 'the ways users come into it'
        when 'usage_rise' then 'many users at once, and the ways they came by'
        when 'drop_off' then 'the steps after its start, and input as users give it'
        when 'frustration' then 'the places where users click again and again'
        else 'the steps its support tickets tell of'
    end
    || ' (on ' || cast(worded.day as string) || ' ' || worded.evidence || ') to discover '
    || case worded.kind
        when 'error_burst' then 'what makes it fail and what users see then'
        when 'usage_drop' then 'whether something keeps them out, or is no longer counted'
        when 'usage_rise' then 'what gives way under load, and whether the uses are real'
        when 'drop_off' then 'what stops them from completing it'
        when 'frustration' then 'what does not respond'
        else 'what users cannot do by themselves'
    end
    || '.' as charter,
    run.as_of
from worded
cross join {{ ref('int_run__as_of') }} as run
