-- Grain: one row per inbox file, day of the lake, raw table and source of its rows: how many rows the lake holds,
-- counted there and not taken from the ledger. A bundle's rows are of the formats of its reports.
{{ by_day('day', 'stg_ledger__days', batch=366) }}
{% set tables = [
    'usage_counts',
    'property_counts',
    'request_minutes',
    'request_latency',
    'ci_runs',
    'test_attempts',
    'file_coverage',
    'test_coverage',
    'issues',
    'issue_changes',
    'incidents',
    'deployments',
    'commits',
    'component_sizes',
    'code_owners',
    'error_events',
    'service_metrics',
] %}
{% for table in tables %}
select
    _file as file_id,
    day,
    '{{ table }}' as table_name,
    source as row_source,
    cast(count(*) as bigint) as rows_in_lake
from {{ source('raw', table) }}
where {{ batch_days('day') }}
group by _file, day, source
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
