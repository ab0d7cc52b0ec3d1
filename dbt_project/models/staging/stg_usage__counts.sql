-- Grain: one row per inbox file, day, service, event or route and dimensions.
-- By day: a night adds its own rows to those of years.
{{ by_day('usage_day', 'stg_usage__days', told=['stg_ledger__loads']) }}

select
    counts.source,
    counts._file as file_id,
    counts.day as usage_day,
    counts.kind,
    coalesce(counts.service, '') as service,
    counts.event,
    upper(coalesce(counts.method, '')) as method,
    lower(counts.platform) as raw_platform,
    lower(counts.browser) as raw_browser,
    lower(counts.device) as device,
    lower(counts.persona) as persona,
    lower(counts.tier) as tier,
    counts.version,
    counts.locale,
    counts.experiment,
    counts.actor,
    counts.count as events,
    counts.users,
    loads.lag_days
from {{ source('raw', 'usage_counts') }} as counts
left join {{ ref('stg_ledger__loads') }} as loads on counts._file = loads.file_id
where not coalesce(loads.is_duplicate_file, false) and {{ batch_days('counts.day') }}
