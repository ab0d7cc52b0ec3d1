-- Grain: one row per flow, usage basis and scope its usage comes from: service of a log, source of events,
-- name of a database.
-- Those in which users of the flow were counted lately, and those that its route patterns name: without the
-- log (or, if it is counted from spans, the traces) of one of them a day says nothing about the flow.
select
    counts.flow,
    counts.usage_basis,
    case when counts.kind in ('request', 'span', 'transition') then counts.service else counts.source end as scope
from {{ ref('int_usage__flow_counts') }} as counts
cross join {{ ref('int_run__as_of') }} as run
where
    counts.flow is not null
    and counts.usage_basis is not null
    and counts.actor = 'user'
    and counts.usage_day <= run.as_of
    and counts.usage_day > {{ days_before('run.as_of', '2 * ' ~ threshold('usage_window_days')) }}
union
select
    flow,
    'requests' as usage_basis,
    service as scope
from {{ ref('route_patterns') }}
where service <> '*'
union
select
    flow,
    'spans' as usage_basis,
    service as scope
from {{ ref('route_patterns') }}
where service <> '*'
