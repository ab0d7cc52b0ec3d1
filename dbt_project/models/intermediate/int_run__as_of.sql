-- Grain: one row. The day everything is computed for: the variable, else the last day that brought data.
{% if var('as_of') %}
select cast('{{ var("as_of") }}' as date) as as_of
{% else %}
select cast(max(least(folder_day, last_day)) as date) as as_of
from {{ ref('stg_ledger__loads') }}
where rows_loaded > 0
{% endif %}
