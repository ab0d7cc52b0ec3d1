{# How many records of its file a row of usage stands for. Of what was counted before it came (daily counts, answers of
   tracing tools) a record is a row, however many events it tells of. #}
{% macro records_of(counts) -%}
case
    when {{ counts }}.kind in ('count', 'transition') or {{ counts }}.source in ('datadog', 'newrelic') then 1
    else {{ counts }}.events
end
{%- endmacro %}
