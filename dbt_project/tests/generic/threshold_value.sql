{# A value fits the number it is for: one of the words for some names, else 0 or more, at most 1 for shares, and for
   counts whole and at most 36500, the days of a century: models cast them to integers. Some have less at most, as
   models count their days or hours by the seed numbers, which ends at 1,000. #}
{% test threshold_value(model, column_name, shares, counts, words, most) %}
    select name, {{ column_name }}
    from {{ model }}
    where
        case
            {% for name, accepted in words.items() %}
            when name = '{{ name }}' then {{ column_name }} not in ('{{ accepted | join("', '") }}')
            {% endfor %}
            when name in ('{{ shares | join("', '") }}')
                then coalesce({{ dbt.safe_cast(column_name, 'double') }} not between 0 and 1, true)
            {% for name, highest in most.items() %}
            when name = '{{ name }}' and {{ dbt.safe_cast(column_name, 'double') }} > {{ highest }} then true
            {% endfor %}
            when name in ('{{ counts | join("', '") }}')
                then coalesce(
                    {{ dbt.safe_cast(column_name, 'double') }} not between 0 and 36500
                    or {{ dbt.safe_cast(column_name, 'double') }} <> floor({{ dbt.safe_cast(column_name, 'double') }}),
                    true
                )
            else coalesce({{ dbt.safe_cast(column_name, 'double') }} < 0, true)
        end
{% endtest %}
