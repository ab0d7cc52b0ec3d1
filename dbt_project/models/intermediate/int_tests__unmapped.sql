-- Grain: one row per kind, source and name of tests that no seed maps, tags that mean nothing here, and accepted
-- aliases that join nothing.
select
    'test' as kind,
    format as source,
    repo || ' ' || coalesce(path, class_name, '') as name,
    coalesce(path, class_name, '') as label,
    cast(count(*) as bigint) as volume
from {{ ref('int_tests__identified') }}
where flow is null
group by 1, 2, 3, 4
union all
select
    'test_flow_tag' as kind,
    format as source,
    flow_tag as name,
    flow_tag as label,
    cast(count(*) as bigint) as volume
from {{ ref('int_tests__identified') }}
where flow_tag is not null and coalesce(flow_from, '') <> 'tag'
group by 1, 2, 3, 4
union all
select
    'test_risk_tag' as kind,
    format as source,
    risk_tag as name,
    '' as label,
    cast(count(*) as bigint) as volume
from {{ ref('int_tests__identified') }}
where risk_tag not in ('critical', 'high', 'medium', 'low')
group by 1, 2, 3, 4
union all
select
    'unused_alias' as kind,
    reason as source,
    old_id || ' -> ' || new_id as name,
    '' as label,
    cast(1 as bigint) as volume
from {{ ref('int_test_aliases__unused') }}
