-- Grain: one row per repo, build and run attempt. Jobs that pack their own bundles are one run: a suite that one
-- of them expects and another delivers is there, unless some report of it is missing or could not be read whole.
-- A table, because several models read it.
{{ config(materialized='table') }}

with named as (

    {% for what in ['expected', 'received', 'broken'] %}
    select
        bundles.run_id,
        '{{ what }}' as what,
        {{ json_item('bundles.' ~ what ~ '_suites_json', 'numbers.n') }} as name
    from {{ ref('stg_ci__bundles') }} as bundles
    inner join {{ ref('numbers') }} as numbers on {{ json_items('bundles.' ~ what ~ '_suites_json') }} > numbers.n
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

suites as (

    select
        run_id,
        {{ json_text_of('name') }} as suite,
        bool_or(what = 'expected') as is_expected,
        bool_or(what = 'received') and not bool_or(what = 'broken') as is_received
    from named
    group by run_id, name

),

lists as (

    select
        run_id,
        {{ dbt.listagg("case when is_expected then suite end", "','", "order by suite") }} as expected_suites,
        {{ dbt.listagg("case when is_received then suite end", "','", "order by suite") }} as received_suites,
        {{ dbt.listagg("case when is_expected and not is_received then suite end", "','", "order by suite") }}
            as missing_suites
    from suites
    group by run_id

)

select
    bundles.run_id,
    bundles.repo,
    bundles.build,
    bundles.run_attempt,
    max(bundles.sha) as sha,
    max(bundles.base_sha) as base_sha,
    max(bundles.pr) as pr,
    max(bundles.branch) as branch,
    max(bundles.pipeline) as pipeline,
    max(bundles.stage) as stage,
    bool_or(bundles.blocking) as is_blocking,
    max(bundles.environment) as environment,
    max(bundles.env_facts_json) as env_facts_json,
    max('[' || nullif(lists.expected_suites, '') || ']') as expected_suites_json,
    max('[' || coalesce(lists.received_suites, '') || ']') as received_suites_json,
    max('[' || nullif(lists.missing_suites, '') || ']') as missing_suites_json,
    min(bundles.started_at) as started_at,
    max(bundles.finished_at) as finished_at,
    {{ minutes_between('min(bundles.started_at)', 'max(bundles.finished_at)') }} as minutes,
    min(bundles.run_day) as run_day
from {{ ref('stg_ci__bundles') }} as bundles
left join lists on bundles.run_id = lists.run_id
group by bundles.run_id, bundles.repo, bundles.build, bundles.run_attempt
