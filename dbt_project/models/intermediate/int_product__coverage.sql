-- Grain: one row per product (and `all`): the coverage of its Top-N flows.
select
    products.product,
    cast(count(top_flows.flow) as bigint) as top_flows,
    cast(count(top_flows.coverage) as bigint) as measured,
    cast(count(*) filter (where top_flows.coverage < {{ threshold('release_coverage') }}) as bigint) as below,
    {{ stable('avg(top_flows.coverage)') }} as mean_coverage,
    max(top_flows.coverage_age_days) as oldest_age_days,
    {{ dbt.listagg(
        "case when top_flows.coverage < " ~ threshold('release_coverage') ~ " then top_flows.flow end",
        "', '", "order by top_flows.flow"
    ) }} as flows_below,
    {{ dbt.listagg(
        "case when top_flows.coverage is null then top_flows.flow end", "', '", "order by top_flows.flow"
    ) }} as flows_unmeasured
from (select distinct product from {{ ref('int_products__listed') }}) as products
left join {{ ref('int_products__top_flows') }} as top_flows on products.product = top_flows.product
group by products.product
