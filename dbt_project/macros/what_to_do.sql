{# Of a row of int_unmapped__listed: the seed or setting to edit, in words. #}
{% macro what_to_do(items) -%}
    case {{ items }}.kind
        when 'route' then 'add the route to the seed route_patterns: gapsight seeds accept route'
        when 'event' then 'add the event to the seed event_catalogue: gapsight seeds accept event'
        when 'test' then 'add the path to the seed test_paths, or tag the tests with a flow'
        when 'test_flow_tag' then 'correct the tag, or add it to the seed flow_aliases with the source test'
        when 'test_risk_tag' then 'write critical, high, medium or low: which of them is meant is the team''s to say'
        when 'unused_alias' then 'correct the row of the seed test_aliases, or take it out'
        when 'defect' then 'add the component to the seed component_flows, or as an alias to flow_aliases'
        when 'severity' then 'add the word to the seed severities; until then it counts as medium'
        when 'issue_type' then 'say in the seed issue_types what it is: defect, support, incident or other; until then it counts as none'
        when 'incident_component' then 'add the component to component_flows, or to flow_aliases with the source incidents'
        when 'coverage_path' then case {{ items }}.problem
            when 'several_files' then 'several committed files end like this: let the report write paths from the root of the repository'
            when 'absolute' then 'the path is of another machine and meets no committed file: let the report write paths from the root of the repository'
            when 'committed' then 'a file of the repository that no glob takes: add one to the seed component_flows'
            else 'add a glob to the seed component_flows; no commit that was read touches it, so it is unchanged, generated or of another name'
        end
        when 'component' then 'name its flow in the seed component_flows; leave it empty only if it serves none'
        when 'service' then 'name a component of component_flows or a service of route_patterns like it, or alias it in flow_aliases'
        when 'code_owner' then 'add the team to the seed owners, or its handle to the members of the owner it is'
        when 'assumed_zone' then 'its stamps name no zone and were read as UTC: set zone under [sources.'
            || case when {{ items }}.name = {{ items }}.source then {{ items }}.source else 'ci_bundle' end
            || '] in gapsight.toml'
        when 'future_incident' then 'it is shown when its day has come; if its time is wrong, correct it at its source'
        when 'future_resolution' then 'until that time it counts as not over; if the time is wrong, correct it at its source'
        when 'test_without_sha' then 'write sha into the manifest of the bundles: without it a result is no evidence for a commit'
    end
{%- endmacro %}
