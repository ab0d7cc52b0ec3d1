-- Grain: one row per inbox file, day, event and property.
select
    properties.source,
    properties._file as file_id,
    properties.day as usage_day,
    properties.event,
    properties.property,
    properties.count as events,
    properties.distinct_values,
    properties.looks_personal
from {{ source('raw', 'property_counts') }} as properties
left join {{ ref('stg_ledger__loads') }} as loads on properties._file = loads.file_id
where not coalesce(loads.is_duplicate_file, false)
