-- Grain: one row per day, project, error, file, release and environment. Several inbox files tell of a day, of
-- its last hours later ones more than the first: the one that knows most events of it counts.
with told as (

    select distinct
        source,
        day as error_day,
        project,
        error_id,
        type as error_type,
        title,
        fingerprint,
        lower(level) as error_level,
        lower(status) as error_status,
        platform,
        component as raw_component,
        file,
        function as function_name,
        release as release_version,
        lower(environment) as environment,
        count as events,
        total_count as events_ever,
        users as users_ever,
        first_seen_at,
        last_seen_at,
        _file as file_id
    from {{ source('raw', 'error_events') }}

)

select *
from told
qualify row_number() over (
    partition by source, error_day, project, error_id, file, release_version, environment
    order by events desc nulls last, events_ever desc nulls last, last_seen_at desc nulls last, file_id asc
) = 1
