{# The grain of a model: no two rows agree in all of `columns`, and those of `not_null` are filled.
   Both in one test: each test of a build costs more than the query that it is. #}
{% test unique_combination(model, columns, not_null=[]) %}
    select {{ columns | join(', ') }}, count(*) as rows_found
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
    {%- for column in not_null %} or count({{ column }}) < count(*){% endfor %}
{% endtest %}
