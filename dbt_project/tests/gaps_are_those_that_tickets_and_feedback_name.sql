-- Feedback and tickets name a gap by an id that every possible gap has, found today or not.
select found.gap_id
from {{ ref('fct_top_gaps') }} as found
left join {{ ref('int_gaps__possible') }} as possible on found.gap_id = possible.gap_id
where possible.gap_id is null
