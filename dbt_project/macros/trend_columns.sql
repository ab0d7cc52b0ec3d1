{# What a trend shows of a score: its rows are these, and the digest of the as-of day tells of them. #}
{% macro trend_columns() -%}
    {{- return([
        'risk', 'risk_low', 'risk_high', 'known_weight', 'decision', 'usage_p95', 'coverage', 'weights_valid_from',
    ]) -}}
{%- endmacro %}
