-- Grain: one row per action and subject: what incidents and results say should be done to the suite.
select
    proposed.action,
    cast(
        row_number() over (
            partition by proposed.action
            order by
                proposed.incidents desc nulls last, proposed.weight desc nulls last, proposed.subject asc
        ) as bigint
    ) as action_rank,
    proposed.subject_kind,
    proposed.subject,
    proposed.component,
    proposed.flow,
    proposed.owner,
    proposed.reason,
    cast(proposed.incidents as bigint) as incidents,
    proposed.minutes_per_week,
    run.as_of
from {{ ref('int_actions__proposed') }} as proposed
cross join {{ ref('int_run__as_of') }} as run
