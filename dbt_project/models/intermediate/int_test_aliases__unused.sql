-- Grain: one row per accepted alias that joins nothing: its new id was never reported, or both ids are two tests.
with reported as (

    select reported_id as id from {{ ref('int_test_ids__current') }}
    union
    select base_id as id from {{ ref('int_tests__tagged') }}

)

select
    aliases.old_id,
    aliases.new_id,
    case when refused.old_id is not null then 'both ran in one report' else 'never reported' end as reason
from {{ ref('test_aliases') }} as aliases
left join {{ ref('int_test_aliases__refused') }} as refused on aliases.old_id = refused.old_id
left join reported on aliases.new_id = reported.id
left join {{ ref('test_aliases') }} as further on aliases.new_id = further.old_id
where refused.old_id is not null or (reported.id is null and further.old_id is null)
