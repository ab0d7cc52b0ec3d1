-- Grain: one row per inbox file, day, event and property.
select
    source,
    _file as file_id,
    day as usage_day,
    event,
    property,
    count as events,
    distinct_values,
    looks_personal
from {{ source('raw', 'property_counts') }}
