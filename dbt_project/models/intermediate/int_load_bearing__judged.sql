-- Grain: one row per test of a component: does its failing warn of incidents? First match wins (scores.md section 3);
-- q_value is Benjamini and Hochberg's over all tests with an incident to be compared with.
with ranked as (

    select
        test_id,
        p_value * count(*) over () / row_number() over (order by p_value asc, test_id asc) as adjusted,
        row_number() over (order by p_value asc, test_id asc) as place
    from {{ ref('int_load_bearing__tested') }}
    where incidents > 0

),

adjusted as (

    select
        test_id,
        least(1.0e0, min(adjusted) over (order by place desc rows unbounded preceding)) as q_value
    from ranked

)

select
    tested.*,
    adjusted.q_value,
    case
        when tested.incidents = 0 then 'no_incident'
        when
            adjusted.q_value <= {{ threshold('load_bearing_false_discovery') }}
            and tested.hits >= 2
            and tested.lift >= {{ threshold('load_bearing_lift') }}
            then 'confirmed'
        when
            tested.p_value < {{ threshold('load_bearing_p_value') }}
            and tested.lift >= {{ threshold('load_bearing_lift') }}
            then 'candidate'
        else 'not_shown'
    end as status
from {{ ref('int_load_bearing__tested') }} as tested
left join adjusted on tested.test_id = adjusted.test_id
