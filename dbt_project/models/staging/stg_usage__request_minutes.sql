-- Grain: one row per inbox file, minute, service, route, method, status class, version and actor.
select
    requests.source,
    requests._file as file_id,
    requests.day as usage_day,
    requests.minute as minute_at,
    coalesce(requests.service, '') as service,
    requests.route,
    upper(coalesce(requests.method, '')) as method,
    requests.status_class,
    requests.version,
    requests.actor,
    requests.count as requests,
    requests.bytes as bytes_sent,
    requests.with_status,
    requests.with_latency,
    requests.with_route,
    requests.with_user,
    requests.with_tenant
from {{ source('raw', 'request_minutes') }} as requests
left join {{ ref('stg_ledger__loads') }} as loads on requests._file = loads.file_id
where not coalesce(loads.is_duplicate_file, false)
