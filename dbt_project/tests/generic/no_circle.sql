{# Going from one column to the other, again and again, one never comes back: up to 32 steps are followed. #}
{% test no_circle(model, from_column, to_column) %}
    with step_0 as (
        select {{ from_column }} as origin, {{ to_column }} as target from {{ model }}
    )
    {% for step in range(5) %}
    , step_{{ step + 1 }} as (
        select near.origin, coalesce(far.target, near.target) as target
        from step_{{ step }} as near
        left join step_{{ step }} as far on near.target = far.origin
    )
    {% endfor %}
    select step_5.origin, step_5.target
    from step_5
    inner join step_0 as further on step_5.target = further.origin
{% endtest %}
