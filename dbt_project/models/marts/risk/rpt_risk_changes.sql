-- Grain: one row per grain, entity, runtime and input: by how many points it moved the risk since about a week ago.
-- Compared with the last kept day that lies at least seven days back; the points moved add up to the risk moved.
with reference as (

    select max(as_of) as compared_with
    from {{ ref('int_history__days') }}
    where age >= 7

),

before as (

    select kept.*
    from {{ ref('int_history__inputs') }} as kept
    inner join reference on kept.as_of = reference.compared_with

),

compared as (

    select
        now.grain,
        now.entity,
        now.runtime,
        now.input,
        reference.compared_with,
        before.raw_value as raw_before,
        now.raw_value as raw_now,
        before.x as x_before,
        now.x as x_now,
        before.weight as weight_before,
        now.weight as weight_now,
        before.points as points_before,
        now.points as points_now,
        {{ stable('now.points - before.points') }} as points_moved,
        case
            when before.input is null then 'new'
            when before.weight <> now.weight then 'weight'
            when before.is_unknown and not now.is_unknown then 'became_known'
            when now.is_unknown and not before.is_unknown then 'became_unknown'
            when coalesce(before.log_reference, -1) <> coalesce(now.log_reference, -1) then 'reference'
            -- Shares of the weight: what one input loses, the others gain.
            when
                {{ stable('before.points') }} <> {{ stable('now.points') }}
                and {{ stable('coalesce(before.x, -1)') }} = {{ stable('coalesce(now.x, -1)') }}
                then 'other_weights'
            when {{ stable('before.points') }} <> {{ stable('now.points') }} then 'value'
            else 'none'
        end as cause,
        now.as_of
    from {{ ref('fct_risk_inputs') }} as now
    inner join reference on reference.compared_with is not null
    left join before
        on
            now.grain = before.grain
            and now.entity = before.entity
            and now.runtime = before.runtime
            and now.input = before.input

)

select
    grain,
    entity,
    runtime,
    input,
    compared_with,
    raw_before,
    raw_now,
    x_before,
    x_now,
    weight_before,
    weight_now,
    points_before,
    points_now,
    points_moved,
    {{ stable('sum(points_moved) over (partition by grain, entity, runtime)') }} as risk_moved,
    cause,
    cast(row_number() over (
        partition by grain, entity, runtime order by abs(coalesce(points_moved, 0)) desc, input asc
    ) as bigint) as move_rank,
    as_of
from compared
