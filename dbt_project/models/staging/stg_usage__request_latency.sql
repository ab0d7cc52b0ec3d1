-- Grain: one row per inbox file, minute, service, route, method, status class, version, actor and bucket.
-- A quantile is the geometric middle of its bucket: 1.08 ^ (bucket + 0.5) milliseconds.
select
    latency.source,
    latency._file as file_id,
    latency.day as usage_day,
    latency.minute as minute_at,
    coalesce(latency.service, '') as service,
    latency.route,
    upper(coalesce(latency.method, '')) as method,
    latency.status_class,
    latency.version,
    latency.actor,
    latency.bucket,
    latency.count as requests
from {{ source('raw', 'request_latency') }} as latency
left join {{ ref('stg_ledger__loads') }} as loads on latency._file = loads.file_id
where not coalesce(loads.is_duplicate_file, false)
