-- Grain: one row per test: is there another of its kind, or one that covers what it covers? Of idle tests of one kind
-- the first stays, so that all dead weight can go at once: what the others lean on is never dead weight itself.
with ordered as (

    select
        test_id,
        row_number() over (
            order by case when is_idle then 1 else 0 end asc, minutes_per_week asc nulls last, test_id asc
        ) as place
    from {{ ref('int_test_value__measured') }}
    where is_active

),

contained as (

    select
        pairs.test_id,
        min_by(pairs.other_id, others.place) as other_id
    from {{ ref('int_test_lines__contained') }} as pairs
    inner join ordered as own on pairs.test_id = own.test_id
    inner join ordered as others on pairs.other_id = others.test_id
    where not pairs.is_equal or others.place < own.place
    group by pairs.test_id

),

by_kind as (

    select
        measured.test_id,
        count(*) over (partition by measured.flow) as tests_of_flow,
        count(*) over (partition by measured.component, measured.failure_mode) as tests_of_mode,
        row_number() over (
            partition by measured.flow
            order by
                case when measured.is_idle and contained.test_id is not null then 1 else 0 end asc, ordered.place asc
        ) as place_in_flow,
        row_number() over (
            partition by measured.component, measured.failure_mode
            order by
                case when measured.is_idle and contained.test_id is not null then 1 else 0 end asc, ordered.place asc
        ) as place_in_mode,
        row_number() over same_tags as place_in_tags,
        first_value(measured.test_id) over same_tags as first_of_tags
    from {{ ref('int_test_value__measured') }} as measured
    inner join ordered on measured.test_id = ordered.test_id
    left join contained on measured.test_id = contained.test_id
    window same_tags as (
        partition by measured.flow, measured.component, measured.failure_mode, measured.platform
        order by case when measured.is_idle and contained.test_id is not null then 1 else 0 end asc, ordered.place asc
    )

),

told as (

    select distinct test_id
    from {{ ref('int_test_lines__by_file') }}

)

select
    measured.*,
    case
        when measured.flow is not null
            then by_kind.tests_of_flow = 1 or (measured.is_idle and by_kind.place_in_flow = 1)
    end as is_last_of_flow,
    case
        when measured.component is not null
            then by_kind.tests_of_mode = 1 or (measured.is_idle and by_kind.place_in_mode = 1)
    end as is_last_of_component_mode,
    case
        when contained.test_id is not null then 'duplicate_by_coverage'
        when told.test_id is not null then 'none'
        when measured.flow is null or measured.component is null then 'none'
        when by_kind.place_in_tags > 1 then 'duplicate_by_tags'
        else 'none'
    end as duplicate_evidence,
    case
        when contained.test_id is not null then contained.other_id
        when told.test_id is not null or measured.flow is null or measured.component is null then null
        when by_kind.place_in_tags > 1 then by_kind.first_of_tags
    end as duplicate_of
from {{ ref('int_test_value__measured') }} as measured
left join by_kind on measured.test_id = by_kind.test_id
left join contained on measured.test_id = contained.test_id
left join told on measured.test_id = told.test_id
