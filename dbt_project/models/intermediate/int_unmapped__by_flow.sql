-- Grain: one row per kind, source and name that no seed maps to a flow. `label` is the part of the name that says what
-- it is about: of a route its path, of a test or a file its path without the repository.
with items as (

    select
        case when {{ is_route('counts') }} then 'route' else 'event' end as kind,
        counts.source,
        case
            when {{ is_route('counts') }}
                then trim(counts.service || ' ' || trim(counts.method || ' ' || counts.event))
            else counts.event
        end as name,
        counts.event as label,
        sum(counts.events) as volume,
        max(counts.usage_day) as last_day
    from {{ ref('int_usage__flow_counts') }} as counts
    cross join {{ ref('int_run__as_of') }} as run
    where
        counts.flow is null
        and counts.actor = 'user'
        and counts.usage_day <= run.as_of
    group by 1, 2, 3, 4
    union all
    select
        kind,
        source,
        name,
        label,
        volume,
        cast(null as date) as last_day
    from {{ ref('int_tests__unmapped') }}
    union all
    select
        'defect' as kind,
        issues.source,
        coalesce(issues.raw_component, issues.flow_hint, issues.project, 'without component') as name,
        -- A project has many flows: its key suggests none.
        coalesce(issues.raw_component, issues.flow_hint, '') as label,
        count(*) as volume,
        max(issues.created_day) as last_day
    from {{ ref('int_issues__classified') }} as issues
    left join {{ ref('int_defects__by_flow') }} as flows
        on issues.source = flows.source and issues.issue_key = flows.issue_key
    where
        issues.issue_kind = 'defect'
        and flows.flow is null
    group by 1, 2, 3, 4
    union all
    select
        'severity' as kind,
        source,
        coalesce(raw_severity, 'none') as name,
        '' as label,
        count(*) as volume,
        max(created_day) as last_day
    from {{ ref('int_issues__classified') }}
    where
        issue_kind = 'defect'
        and severity_level is null
    group by 1, 2, 3, 4
    union all
    select
        'coverage_path' as kind,
        coverage.format as source,
        coverage.repo || ' ' || coverage.file as name,
        coverage.file as label,
        max(coverage.lines_total) as volume,
        max(coverage.measured_day) as last_day
    from {{ ref('int_coverage__by_file') }} as coverage
    where coverage.component is null
    group by 1, 2, 3, 4
    union all
    select
        'incident_component' as kind,
        source,
        coalesce(raw_component, 'without component') as name,
        coalesce(raw_component, '') as label,
        count(*) as volume,
        max(detected) as last_day
    from {{ ref('int_incidents__current') }}
    where
        flow is null
        and (component is null or component not in (select component from {{ ref('int_components__flows') }}))
    group by 1, 2, 3, 4

)

select
    kind,
    source,
    name,
    max(label) as label,
    cast(sum(volume) as bigint) as volume,
    max(last_day) as last_day
from items
group by 1, 2, 3
