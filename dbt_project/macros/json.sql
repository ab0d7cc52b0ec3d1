{# A text as JSON writes it; chr(92) is the backslash, which engines read differently between quotes. #}
{% macro json_text_of(column) -%}
    '"' || replace(replace({{ column }}, chr(92), chr(92) || chr(92)), '"', chr(92) || '"') || '"'
{%- endmacro %}
