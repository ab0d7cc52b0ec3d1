-- Grain: one row per flow, name it goes by, and word of that name. Names are the flow itself, its title,
-- aliases, events and route patterns.
with labels as (

    select
        flow,
        flow as label
    from {{ ref('flow_catalog') }}
    union
    select
        flow,
        title as label
    from {{ ref('flow_catalog') }}
    union
    select
        flow,
        alias as label
    from {{ ref('flow_aliases') }}
    union
    select
        flow,
        event as label
    from {{ ref('event_catalogue') }}
    union
    select
        flow,
        pattern as label
    from {{ ref('route_patterns') }}

),

worded as (

    {{ words_of('labels', ['flow', 'label']) }}

)

select
    flow,
    label,
    word,
    count(*) over (partition by flow, label) as label_words
from worded
where {{ is_telling('word') }}
