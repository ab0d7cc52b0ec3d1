-- Grain: one row per incident (source, incident_id) and word of its title that says what it is about. What differs from
-- one incident to the next is no such word: what stands in quotes, and any part with a digit, an address or a link.
with titles as (

    select
        coalesce(source, '') as source,
        incident_id,
        translate(' ' || title || ' ', '“”`', chr(34) || chr(34) || chr(34)) as title
    from {{ ref('int_incidents__current') }}
    where title is not null

),

-- Of single quotes only a pair around words is one: `customers' carts` has none.
quoted as (

    select
        source,
        incident_id,
        case
            when title like '% ' || chr(39) || '%'
                then replace(replace(title, ' ' || chr(39), ' ' || chr(34)), chr(39) || ' ', chr(34) || ' ')
            else title
        end as title
    from titles

),

-- Up to three quotes are left out; one that is not closed is none.
outside as (

    select
        source,
        incident_id,
        case
            when (length(title) - length(replace(title, chr(34), ''))) % 2 = 0
                then
                    split_part(title, chr(34), 1) || ' ' || split_part(title, chr(34), 3)
                    || ' ' || split_part(title, chr(34), 5) || ' ' || split_part(title, chr(34), 7)
            else title
        end as title
    from quoted

),

parts as (

    select distinct
        outside.source,
        outside.incident_id,
        translate(split_part(outside.title, ' ', cast(numbers.n as integer)), chr(34) || chr(39), '') as label
    from outside
    cross join {{ ref('numbers') }} as numbers
    where numbers.n between 1 and 32

),

fixed as (

    select *
    from parts
    where
        label <> ''
        and label not like '%://%'
        and label not like '%@%'
        and label = translate(label, '0123456789', '')

),

words as (

    {{ words_of('fixed', ['source', 'incident_id']) }}

)

select
    words.source,
    words.incident_id,
    words.word
from words
left join {{ ref('stop_words') }} as stopped on words.word = stopped.word
where {{ is_telling('words.word') }} and stopped.word is null
