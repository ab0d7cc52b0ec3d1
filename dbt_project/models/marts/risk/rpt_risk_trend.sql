-- Grain: one row per grain, entity, runtime and kept as-of day: risk as it was told on that day, and how far it moved.
-- Today's rows are of this build; the earlier ones are never computed again. All are compared with the same kept day.
{{ by_day('as_of', 'int_history__trend_days', told=['int_history__scores', 'int_score__described']) }}
with told as (

    {% for model, kept_by, day in [
        ('int_history__scores', 'kept_by', 'file_day'), ('int_score__described', "'run'", 'as_of')
    ] %}
    select
        as_of,
        grain,
        entity,
        runtime,
        {{ trend_columns() | join(', ') }},
        {{ kept_by }} as kept_by
    from {{ ref(model) }}
    where {{ batch_days(day) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    today.grain,
    today.entity,
    today.runtime,
    today.as_of,
    {% for column in trend_columns() %}
    today.{{ column }},
    {% endfor %}
    earlier.as_of as compared_with,
    earlier.risk as risk_before,
    earlier.decision as decision_before,
    today.risk - earlier.risk as risk_moved,
    today.kept_by
from told as today
inner join {{ ref('int_history__trend_days') }} as shown on today.as_of = shown.day
left join told as earlier
    on
        shown.compared_with = earlier.as_of
        and today.grain = earlier.grain
        and today.entity = earlier.entity
        and today.runtime = earlier.runtime
