-- Grain: one row per kind, source and name that no seed maps, and word of it. Only the thousand of a kind
-- with most volume are worth a suggestion; a severity belongs to no flow.
with ranked as (

    select
        *,
        row_number() over (partition by kind order by volume desc, source asc, name asc) as volume_rank
    from {{ ref('int_unmapped__listed') }}
    where kind <> 'severity'

),

plain as (

    select
        kind,
        source,
        name,
        {{ plain_words('label') }} as words
    from ranked
    where volume_rank <= 1000

),

split as (

    select
        plain.kind,
        plain.source,
        plain.name,
        split_part(plain.words, ' ', cast(numbers.n as integer)) as word
    from plain
    cross join {{ ref('numbers') }} as numbers
    where numbers.n between 1 and 24

),

worded as (

    select distinct
        kind,
        source,
        name,
        {{ singular('word') }} as word
    from split

)

select
    kind,
    source,
    name,
    word,
    count(*) over (partition by kind, source, name) as name_words
from worded
where {{ is_telling('word') }}
