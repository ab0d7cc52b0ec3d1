-- Grain: one row per service, method and route template that was ever requested.
with routes as (

    select distinct
        service,
        method,
        event as route,
        ltrim(event, '/') as path
    from {{ ref('stg_usage__counts') }}
    where kind = 'request'

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
