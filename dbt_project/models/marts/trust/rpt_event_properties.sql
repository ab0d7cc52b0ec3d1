-- Grain: one row per source, event and property that was seen in the usage window or should have been.
-- Events of everybody, probes and bots too: that is how their properties are counted.
with carried as (

    select
        properties.source,
        properties.event,
        properties.property,
        sum(properties.events) as events,
        max(properties.distinct_values) as distinct_values,
        bool_or(properties.looks_personal) as looks_personal,
        min(properties.usage_day) as first_day,
        max(properties.usage_day) as last_day
    from {{ ref('stg_usage__properties') }} as properties
    cross join {{ ref('int_run__as_of') }} as run
    where
        properties.usage_day <= run.as_of
        and properties.usage_day > {{ days_before('run.as_of', threshold('usage_window_days')) }}
    group by properties.source, properties.event, properties.property

),

-- A source that tells of no property at all lacks none.
events as (

    select
        counts.source,
        counts.event,
        sum(counts.events) as events
    from {{ ref('stg_usage__counts') }} as counts
    cross join {{ ref('int_run__as_of') }} as run
    where
        counts.kind = 'event'
        and counts.usage_day <= run.as_of
        and counts.usage_day > {{ days_before('run.as_of', threshold('usage_window_days')) }}
        and counts.source in (select carried.source from carried)
    group by counts.source, counts.event

),

allowed as (

    select
        events.source,
        events.event,
        rules.property,
        rules.kind
    from events
    inner join {{ ref('event_properties') }} as rules on rules.event = events.event or rules.event = '*'
    qualify row_number() over (
        partition by events.source, events.event, rules.property
        order by case when rules.event = '*' then 1 else 0 end asc
    ) = 1

),

with_schema as (

    select distinct
        source,
        event
    from allowed

),

compared as (

    select
        coalesce(carried.source, allowed.source) as source,
        coalesce(carried.event, allowed.event) as event,
        coalesce(carried.property, allowed.property) as property,
        allowed.kind,
        coalesce(carried.events, 0) as events,
        carried.distinct_values,
        carried.looks_personal,
        carried.first_day,
        carried.last_day
    from carried
    full outer join allowed
        on
            carried.source = allowed.source
            and carried.event = allowed.event
            and carried.property = allowed.property
    where carried.property is not null or allowed.kind = 'required'

)

select
    compared.source,
    compared.event,
    compared.property,
    case
        when with_schema.event is null then 'no_schema'
        when compared.kind is null then 'outside_schema'
        when compared.kind = 'required' and compared.events = 0 then 'missing'
        when compared.kind = 'required' and compared.events < events.events then 'incomplete'
        else 'in_schema'
    end as status,
    compared.kind as schema_kind,
    cast(compared.events as bigint) as events,
    {{ ratio('compared.events', 'events.events') }} as share_of_events,
    cast(compared.distinct_values as bigint) as distinct_values,
    compared.looks_personal,
    compared.first_day,
    compared.last_day
from compared
left join events on compared.source = events.source and compared.event = events.event
left join with_schema on compared.source = with_schema.source and compared.event = with_schema.event
