-- Grain: one row per incident (source, incident_id) of the window that came back on another day. Alike are incidents of
-- one component and failure mode; where nobody named either, those whose titles share two words. Of several pairs of
-- words the one that most incidents share counts, so that an incident is in one pattern.
with known as (

    select
        coalesce(incidents.source, '') as source,
        incidents.incident_id,
        incidents.component,
        incidents.failure_mode,
        incidents.detected as day
    from {{ ref('int_incidents__current') }} as incidents
    cross join {{ ref('int_run__as_of') }} as run
    where
        incidents.detected <= run.as_of
        and incidents.detected > {{ days_before('run.as_of', threshold('pattern_window_days')) }}

),

words as (

    select
        known.*,
        words.word,
        count(*) over (partition by known.source, known.incident_id) as telling_words
    from known
    inner join {{ ref('int_incidents__words') }} as words
        on known.source = words.source and known.incident_id = words.incident_id
    where known.component is null or known.failure_mode = 'general'

),

pairs as (

    select
        one.source,
        one.incident_id,
        one.component,
        one.failure_mode,
        one.day,
        case when one.word = other.word then one.word else one.word || ', ' || other.word end as shared_words
    from words as one
    inner join words as other
        on
            one.source = other.source
            and one.incident_id = other.incident_id
            -- A title of one such word has no pair.
            and (one.word < other.word or (one.word = other.word and one.telling_words = 1))

),

chosen as (

    select *
    from (
        select
            *,
            count(*) over (partition by component, failure_mode, shared_words) as sharing
        from pairs
    ) as counted
    qualify row_number() over (partition by source, incident_id order by sharing desc, shared_words asc) = 1

),

grouped as (

    select
        source,
        incident_id,
        component,
        failure_mode,
        day,
        cast(null as string) as shared_words
    from known
    where component is not null and failure_mode <> 'general'
    union all
    select
        source,
        incident_id,
        component,
        failure_mode,
        day,
        shared_words
    from chosen

)

select
    *,
    {{ pattern_id("'incident'", 'component', 'failure_mode', 'shared_words') }} as pattern_id
from grouped
qualify
    min(day) over (partition by component, failure_mode, shared_words)
    < max(day) over (partition by component, failure_mode, shared_words)
