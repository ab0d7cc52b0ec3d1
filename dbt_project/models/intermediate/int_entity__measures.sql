-- Grain: one row per scored entity (grain, entity, runtime): the nine inputs as measured, before scaling.
select * from {{ ref('int_measures__flows') }}
union all
select * from {{ ref('int_measures__runtimes') }}
union all
select * from {{ ref('int_measures__components') }}
