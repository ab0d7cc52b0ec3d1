-- Events of one day in two files of a source count twice where the files overlap: events are told apart within a file
-- only. A few that came late stand in the file of another day rightly.
{{ config(severity='warn') }}

with by_file as (

    select
        source,
        usage_day,
        file_id,
        sum(events) as events
    from {{ ref('stg_usage__counts') }}
    where kind = 'event'
    group by source, usage_day, file_id

),

ranked as (

    select
        *,
        row_number() over (partition by source, usage_day order by events desc, file_id asc) as file_rank
    from by_file

)

select
    first.source,
    first.usage_day,
    first.file_id,
    second.file_id as other_file_id,
    first.events,
    second.events as other_events
from ranked as first
inner join ranked as second
    on
        first.source = second.source
        and first.usage_day = second.usage_day
        and second.file_rank = 2
where
    first.file_rank = 1
    and second.events >= 0.5e0 * first.events
