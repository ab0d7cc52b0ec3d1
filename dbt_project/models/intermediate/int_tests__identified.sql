-- Grain: one row per test: its flow, risk, component and owner. An explicit tag wins over a path rule.
with joined as (

    select
        tests.test_id,
        tests.base_id,
        tests.repo,
        tests.format,
        tests.suite,
        tests.path,
        tests.class_name,
        tests.name,
        tests.params,
        tests.flow_tag,
        coalesce(tagged.flow, aliases.flow, rules.flow) as flow,
        case
            when coalesce(tagged.flow, aliases.flow) is not null then 'tag'
            when rules.flow is not null then 'path'
        end as flow_from,
        coalesce(tests.risk_tag, rules.risk) as risk,
        coalesce(tests.component_tag, rules.component) as component,
        coalesce(tests.owner_tag, rules.owner) as owner,
        tests.failure_mode,
        tests.tier,
        tests.kind,
        coalesce(platforms.platform, tests.platform_tag) as platform
    from {{ ref('int_tests__tagged') }} as tests
    left join {{ ref('int_flows__catalogued') }} as tagged on tests.flow_tag = tagged.flow
    left join {{ ref('flow_aliases') }} as aliases on tests.flow_tag = aliases.alias and aliases.source = 'test'
    left join {{ ref('int_test_paths__matched') }} as rules on tests.repo = rules.repo and tests.path = rules.path
    left join {{ ref('platform_aliases') }} as platforms on tests.platform_tag = platforms.alias

)

select
    joined.test_id,
    joined.base_id,
    joined.repo,
    joined.format,
    joined.suite,
    joined.path,
    joined.class_name,
    joined.name,
    joined.params,
    joined.flow_tag,
    joined.flow,
    joined.flow_from,
    joined.risk,
    joined.component,
    coalesce(joined.owner, flows.owner) as owner,
    joined.failure_mode,
    joined.tier,
    joined.kind,
    joined.platform
from joined
left join {{ ref('int_flows__catalogued') }} as flows on joined.flow = flows.flow
