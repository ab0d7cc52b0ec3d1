-- Grain: one row per level, flow and runtime: its share of the flow's uses, and of the runs of the flow's tests, in the
-- usage window. Level platform takes all browsers as web, level browser those that name one.
with used as (

    select
        entity as flow,
        platform,
        part as runtime,
        sum(events) as amount
    from {{ ref('int_entity_usage__windowed') }}
    where
        grain = 'flow'
        and runtime = 'all'
        and platform is not null
    group by entity, platform, part

),

ran as (

    select
        tests.flow,
        split_part(attempts.runtime, '/', 1) as platform,
        attempts.runtime,
        count(*) as amount
    from {{ ref('int_test_attempts__keyed') }} as attempts
    inner join {{ ref('int_tests__identified') }} as tests on attempts.test_id = tests.test_id
    where
        tests.flow is not null
        and attempts.runtime is not null
        and attempts.attempt = 1
        and attempts.status <> 'skipped'
        and attempts.run_day > {{ before_window(threshold('usage_window_days')) }}
    group by tests.flow, split_part(attempts.runtime, '/', 1), attempts.runtime

),

{% for what in ['used', 'ran'] %}
{{ what }}_levels as (

    select
        'platform' as level,
        flow,
        platform as runtime,
        sum(amount) as amount
    from {{ what }}
    group by flow, platform
    union all
    select
        'browser' as level,
        flow,
        runtime,
        sum(amount) as amount
    from {{ what }}
    where runtime like '%/%'
    group by flow, runtime

),

{{ what }}_shares as (

    select
        *,
        {{ ratio('amount', 'sum(amount) over (partition by level, flow)') }} as share
    from {{ what }}_levels

){{ ',' if not loop.last }}

{% endfor %}

select
    coalesce(used_shares.level, ran_shares.level) as level,
    coalesce(used_shares.flow, ran_shares.flow) as flow,
    coalesce(used_shares.runtime, ran_shares.runtime) as runtime,
    coalesce(used_shares.amount, 0) as uses,
    coalesce(used_shares.share, 0) as usage_share,
    coalesce(ran_shares.amount, 0) as test_runs,
    coalesce(ran_shares.share, 0) as ran_share
from used_shares
full outer join ran_shares
    on
        used_shares.level = ran_shares.level
        and used_shares.flow = ran_shares.flow
        and used_shares.runtime = ran_shares.runtime
