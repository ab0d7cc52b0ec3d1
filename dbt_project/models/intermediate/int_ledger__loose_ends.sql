-- Grain: one row per inbox file of which something leads no further, with how many of its rows or times do not.
with unknown as (

    select
        source,
        name
    from {{ ref('int_unmapped__by_flow') }}
    where kind in ('defect', 'incident_component')
    union
    select
        source,
        service as name
    from {{ ref('int_services__unknown') }}

),

told as (

    {% for model, column in [
        ('stg_issues__issues', 'raw_component'),
        ('stg_incidents__incidents', 'coalesce(raw_component, service)'),
        ('stg_deployments__deployments', 'service'),
    ] %}
    select
        source,
        {{ column }} as name,
        file_id
    from {{ ref(model) }}
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

ends as (

    select
        told.file_id,
        0 as unmatched_coverage_paths,
        1 as unknown_components,
        0 as assumed_zones
    from told
    inner join unknown on told.source = unknown.source and told.name = unknown.name
    where told.file_id is not null
    union all
    select
        coverage.file_id,
        1 as unmatched_coverage_paths,
        0 as unknown_components,
        0 as assumed_zones
    from {{ ref('stg_ci__file_coverage') }} as coverage
    left join {{ ref('int_files__components') }} as components
        on coverage.repo = components.repo and coverage.file = components.file
    where components.component is null
    union all
    select
        file_id,
        0 as unmatched_coverage_paths,
        0 as unknown_components,
        1 as assumed_zones
    from {{ ref('stg_ci__test_attempts') }}
    where is_zone_assumed and file_id is not null
    union all
    select
        file_id,
        0 as unmatched_coverage_paths,
        0 as unknown_components,
        assumed_zones
    from {{ ref('stg_ledger__loads') }}

)

select
    file_id,
    cast(sum(unmatched_coverage_paths) as bigint) as unmatched_coverage_paths,
    cast(sum(unknown_components) as bigint) as unknown_components,
    cast(sum(assumed_zones) as bigint) as assumed_zones
from ends
group by file_id
having sum(unmatched_coverage_paths + unknown_components + assumed_zones) > 0
