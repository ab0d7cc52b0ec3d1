-- All nine inputs have a weight in force, and at least one of them is above 0.
select
    count(*) as inputs,
    sum(weight) as total_weight
from {{ ref('int_weights__in_force') }}
having count(*) <> 9 or sum(weight) <= 0
