-- Grain: one row per product (and `all`) and day: can it be released, and the figures beside it.
with verdicts as (

    select
        product,
        as_of,
        case
            when count(*) filter (where status = 'fail') > 0 then 'fail'
            when count(*) filter (where status = 'unknown') > 0 then 'unknown'
            else 'pass'
        end as verdict,
        case
            when count(*) filter (where status = 'fail') > 0 then bool_or(status = 'fail' and mode = 'block')
            when count(*) filter (where status = 'unknown') > 0 then bool_or(status = 'unknown' and mode = 'block')
            else bool_or(mode = 'block')
        end as is_enforced,
        cast(count(*) filter (where status = 'fail') as bigint) as rules_failed,
        cast(count(*) filter (where status = 'unknown') as bigint) as rules_unknown,
        {{ dbt.listagg(
            "case when status <> 'pass' then rule || ' ' || status || ': ' || reason end", "'; '", "order by rule"
        ) }} as reasons
    from {{ ref('rpt_gate_results') }}
    where gate = 'release'
    group by product, as_of

)

select
    verdicts.product,
    verdicts.as_of as day,
    verdicts.verdict,
    verdicts.is_enforced,
    verdicts.rules_failed,
    verdicts.rules_unknown,
    verdicts.reasons,
    health.pass_rate,
    health.flake_rate as flake_rate_7d,
    health.flake_share_by_tests,
    health.flake_share_by_pipelines,
    coverage.mean_coverage as topn_coverage,
    coverage.top_flows - coverage.measured as topn_unmeasured,
    health.critical_stability,
    health.median_ci_min
from verdicts
left join {{ ref('int_product__ci_health') }} as health on verdicts.product = health.product
left join {{ ref('int_product__coverage') }} as coverage on verdicts.product = coverage.product
