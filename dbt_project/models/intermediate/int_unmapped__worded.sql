-- Grain: one row per kind, source and name that no seed maps, and word of it. Only the thousand of a kind
-- with most volume are worth a suggestion; a severity, a risk or an alias belongs to no flow.
with ranked as (

    select
        *,
        row_number() over (partition by kind order by volume desc, source asc, name asc) as volume_rank
    from {{ ref('int_unmapped__listed') }}
    where kind not in ('severity', 'test_risk_tag', 'unused_alias')

),

busiest as (

    select * from ranked
    where volume_rank <= 1000

),

worded as (

    {{ words_of('busiest', ['kind', 'source', 'name']) }}

)

select
    kind,
    source,
    name,
    word,
    count(*) over (partition by kind, source, name) as name_words
from worded
where {{ is_telling('word') }}
