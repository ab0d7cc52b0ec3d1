{# Of the numbers in a column at least one is above 0; a column without rows is another test's matter. #}
{% test not_all_zero(model, column_name) %}
    select max({{ column_name }}) as largest
    from {{ model }}
    having max({{ column_name }}) <= 0
{% endtest %}
