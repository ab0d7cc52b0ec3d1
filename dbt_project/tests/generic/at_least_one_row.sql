{# The relation is not empty. #}
{% test at_least_one_row(model) %}
    select 1 as missing where not exists (select 1 from {{ model }})
{% endtest %}
