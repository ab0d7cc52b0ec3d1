-- Grain: one row per day that a trend shows, the as-of day among them: the kept day at least seven days before it with
-- which it is compared, and a digest of what both are made of.
{{ config(materialized='view') }}
{% set told = [] %}
{% for column in ['grain', 'entity', 'runtime'] + trend_columns() %}
{% do told.append("coalesce(cast(scores." ~ column ~ " as string), '-')") %}
{% endfor %}
with days as (

    select
        shown.as_of as day,
        kept.digest
    from {{ ref('int_history__days') }} as shown
    inner join {{ ref('stg_history__days') }} as kept on shown.as_of = kept.day
    where shown.is_shown
    union all
    select
        scores.as_of as day,
        md5({{ dbt.listagg(
            told | join(" || ' ' || "), "', '", 'order by scores.grain, scores.entity, scores.runtime'
        ) }}) as digest
    from {{ ref('int_score__described') }} as scores
    where scores.as_of is not null
    group by scores.as_of

),

pairs as (

    select
        days.day,
        max(before.day) as compared_with
    from days
    inner join days as before on before.day <= {{ days_before('days.day', 7) }}
    group by days.day

)

select
    days.day,
    pairs.compared_with,
    coalesce(pairs.compared_with, days.day) as from_day,
    days.day as until_day,
    concat_ws(' ', days.digest, pairs.compared_with, before.digest) as digest
from days
left join pairs on days.day = pairs.day
left join days as before on pairs.compared_with = before.day
