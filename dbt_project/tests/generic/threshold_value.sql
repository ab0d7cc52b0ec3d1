{# A value fits the number it is for: one of the words for some names, else 0 or more, at most 1 for shares. #}
{% test threshold_value(model, column_name, shares, words) %}
    select name, {{ column_name }}
    from {{ model }}
    where
        case
            {% for name, accepted in words.items() %}
            when name = '{{ name }}' then {{ column_name }} not in ('{{ accepted | join("', '") }}')
            {% endfor %}
            when name in ('{{ shares | join("', '") }}')
                then coalesce({{ dbt.safe_cast(column_name, 'double') }} not between 0 and 1, true)
            else coalesce({{ dbt.safe_cast(column_name, 'double') }} < 0, true)
        end
{% endtest %}
