-- Grain: one row per scored entity and input: the raw value, where it comes from and how old it is.
{% set inputs = [
    ('usage', 'usage_p95', 'usage_basis', 'usage_age_days'),
    ('business_criticality', 'business_criticality', "'catalogue'", 'null'),
    ('failure_impact', 'failure_impact', "'catalogue'", 'null'),
    ('defect_density', 'defect_density', 'defect_basis', 'issues_age_days'),
    ('change_rate', 'commits_30d', "'commits in the window'", 'git_age_days'),
    ('coverage_gap', 'coverage', 'coverage_from', 'coverage_age_days'),
    ('platform_dominance', 'platform_dominance', 'usage_basis', 'usage_age_days'),
    ('customer_tier', 'customer_tier_weight', 'usage_basis', 'usage_age_days'),
    (
        'determinism', 'determinism', 'determinism_from',
        "case when determinism_from in ('history', 'inherited') then ci_age_days end"
    ),
] %}

{% for input, value, basis, age in inputs %}
select
    grain,
    entity,
    runtime,
    '{{ input }}' as input,
    cast({{ value }} as double) as raw_value,
    {{ basis }} as basis,
    cast(case when {{ value }} is not null then {{ age }} end as bigint) as data_age_days
from {{ ref('int_entity__blended') }}
{{ 'union all' if not loop.last }}
{% endfor %}
