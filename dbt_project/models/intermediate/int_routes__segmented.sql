-- Grain: one row per service, method and route template that was ever requested, as logs or spans say.
with routes as (

    select distinct
        counts.service,
        counts.method,
        counts.event as route,
        trim(leading '/' from counts.event) as path
    from {{ ref('stg_usage__counts') }} as counts
    where {{ is_route('counts') }}

)

select
    service,
    method,
    route,
    case when path = '' then 0 else length(path) - length(replace(path, '/', '')) + 1 end as segments,
{% for i in range(1, 13) %}
split_part(path, '/', {{ i }}) as segment_{{ i }}{{ "," if not loop.last }}
{% endfor %}
from routes
