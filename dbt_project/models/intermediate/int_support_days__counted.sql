-- Grain: one row per flow that support tickets were ever written for and day that the trackers tell of: how many were
-- created. Days after the newest file of issues are not known.
with told as (

    select max(loads.folder_day) as last_day
    from {{ ref('stg_ledger__loads') }} as loads
    cross join {{ ref('int_run__as_of') }} as run
    where loads.family = 'issues' and loads.folder_day <= run.as_of

),

tickets as (

    select distinct
        issues.source,
        issues.issue_key,
        issues.created_day as day,
        coalesce(issues.own_flow, components.flow) as flow
    from {{ ref('int_issues__classified') }} as issues
    left join {{ ref('int_components__flows') }} as components
        on issues.own_flow is null and issues.raw_component = components.component
    where issues.issue_kind = 'support' and coalesce(issues.own_flow, components.flow) is not null

),

flows as (

    select distinct flow
    from tickets

),

days as (

    select cast({{ days_before('run.as_of', 'numbers.n') }} as date) as day
    from {{ ref('numbers') }} as numbers
    cross join {{ ref('int_run__as_of') }} as run
    cross join {{ ref('int_defects__loaded') }} as loaded
    where
        numbers.n < 2 * ({{ threshold('anomaly_window_days') }} + {{ threshold('anomaly_baseline_days') }})
        and loaded.files > 0

)

select
    flows.flow,
    days.day,
    cast(count(tickets.issue_key) as bigint) as tickets
from flows
cross join days
inner join told on days.day <= told.last_day
left join tickets on flows.flow = tickets.flow and days.day = tickets.day
group by flows.flow, days.day
