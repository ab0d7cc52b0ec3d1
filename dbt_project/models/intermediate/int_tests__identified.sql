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
        tests.risk_tag,
        -- Any other word is listed in rpt_unmapped, not guessed.
        coalesce(
            case when tests.risk_tag in ('critical', 'high', 'medium', 'low') then tests.risk_tag end, rules.risk
        ) as risk,
        coalesce(tests.component_tag, rules.component) as component,
        coalesce(tests.owner_tag, rules.owner) as owner,
        tests.failure_mode,
        tests.tier,
        tests.kind,
        coalesce(platforms.platform, tests.platform_tag) as platform,
        tests.feature,
        tests.event,
        tests.persona,
        tests.verifies,
        tests.mocks,
        tests.region,
        tests.incident,
        tests.tags_json
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
    joined.risk_tag,
    joined.risk,
    joined.component,
    coalesce(joined.owner, flows.owner) as owner,
    joined.failure_mode,
    joined.tier,
    joined.kind,
    joined.platform,
    joined.feature,
    joined.event,
    joined.persona,
    joined.verifies,
    joined.mocks,
    joined.region,
    joined.incident,
    joined.tags_json
from joined
left join {{ ref('int_flows__catalogued') }} as flows on joined.flow = flows.flow
