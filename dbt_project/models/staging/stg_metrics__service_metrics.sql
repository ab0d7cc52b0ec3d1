-- Grain: one row per source, minute, service and metric. Where two inbox files tell of a minute, one of them counts.
select
    source,
    day as metric_day,
    minute as metric_minute,
    coalesce(service, '') as service,
    metric,
    value as metric_value,
    _file as file_id
from {{ source('raw', 'service_metrics') }}
qualify row_number() over (partition by source, minute, coalesce(service, ''), metric order by _file asc) = 1
