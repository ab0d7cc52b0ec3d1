{# The id that a pattern keeps while incidents and failures come and go. A letter in front, as of gaps. #}
{% macro pattern_id(kind, component, failure_mode, told) -%}
    'p' || substr(md5(
        {{ kind }} || '|' || coalesce({{ component }}, '') || '|' || {{ failure_mode }} || '|' || coalesce({{ told }}, '')
    ), 1, 12)
{%- endmacro %}

{# `1 day`, `2 days`. #}
{% macro counted(number, noun) -%}
    cast({{ number }} as string) || ' {{ noun }}' || case when {{ number }} = 1 then '' else 's' end
{%- endmacro %}

{# A number as people read it in a sentence, without decimals. #}
{% macro rounded(number) -%}
    cast(cast({{ half_up(number, 0) }} as bigint) as string)
{%- endmacro %}

{# A share as per cent with one decimal: cast from an integer, as engines write doubles differently. #}
{% macro percent_text(share) -%}
    cast(cast({{ half_up(share ~ ' * 1000', 0) }} as bigint) / 10 as string) || ' %'
{%- endmacro %}
