{# A name that means something else here is not taken for one's own. #}
{% test not_reserved(model, column_name, words) %}
    select {{ column_name }}
    from {{ model }}
    where {{ column_name }} in ('{{ words | join("', '") }}')
{% endtest %}
