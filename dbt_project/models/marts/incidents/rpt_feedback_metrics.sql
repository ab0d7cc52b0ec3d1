-- Grain: one row per metric of the incident loop: its value and what it is of. Without anything it is unknown.
with joined as (

    select
        described.*,
        measured.value,
        measured.n,
        earlier.value as previous_value,
        earlier.n as previous_n,
        case when described.is_against_quarter_before then earlier.value else described.target end as compared_with
    from {{ ref('int_feedback__described') }} as described
    left join {{ ref('int_feedback__measured') }} as measured
        on described.metric = measured.metric and measured.period = 'now'
    left join {{ ref('int_feedback__measured') }} as earlier
        on described.metric = earlier.metric and earlier.period = 'earlier'

)

select
    joined.metric,
    joined.what,
    cast(joined.value as double) as value,
    coalesce(joined.n, 0) as n,
    joined.n_of,
    cast(joined.compared_with as double) as target,
    joined.wanted,
    case
        when joined.wanted = 'more' then joined.value > joined.compared_with
        else joined.value < joined.compared_with
    end as is_met,
    cast(joined.previous_value as double) as previous_value,
    joined.previous_n,
    joined.is_in_sample,
    cast(joined.position as bigint) as position,
    run.as_of
from joined
cross join {{ ref('int_run__as_of') }} as run
