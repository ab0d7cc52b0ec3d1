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

plain as (

    select
        flow,
        label,
        {{ plain_words('label') }} as words
    from labels
    where label is not null

),

split as (

    select
        plain.flow,
        plain.label,
        split_part(plain.words, ' ', cast(numbers.n as integer)) as word
    from plain
    cross join {{ ref('numbers') }} as numbers
    where numbers.n between 1 and 24

),

worded as (

    select distinct
        flow,
        label,
        {{ singular('word') }} as word
    from split

)

select
    flow,
    label,
    word,
    count(*) over (partition by flow, label) as label_words
from worded
where {{ is_telling('word') }}
