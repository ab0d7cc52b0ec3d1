{# part / whole as a fraction; NULL where there is no whole (never 0 and never infinite). #}
{% macro ratio(part, whole) -%}
    cast({{ part }} as double) / nullif(cast({{ whole }} as double), 0)
{%- endmacro %}

{# scores.md section 1: min(1, ln(1 + x) / ln(1 + ref)); unknown stays unknown (least() would skip a NULL). #}
{% macro norm_log(x, reference) -%}
    case when {{ x }} is null or {{ reference }} is null then null else least(1.0e0, ln(1 + {{ x }}) / ln(1 + {{ reference }})) end
{%- endmacro %}

{# A number that is a row of the thresholds seed, as it is in force on the as-of day. #}
{% macro threshold(name) -%}
    (select cast(in_force.value as double) from {{ ref('int_thresholds__in_force') }} as in_force where in_force.name = '{{ name }}')
{%- endmacro %}

{% macro threshold_text(name) -%}
    (select in_force.value from {{ ref('int_thresholds__in_force') }} as in_force where in_force.name = '{{ name }}')
{%- endmacro %}

{# A date some days before another (negative: after). #}
{% macro days_before(date_column, days) -%}
    cast({{ dbt.dateadd('day', '-1 * cast(' ~ days ~ ' as integer)', date_column) }} as date)
{%- endmacro %}

{# The as-of day as one value, as in before_window. #}
{% macro as_of_day() -%}
    (select run_of_day.as_of from {{ ref('int_run__as_of') }} as run_of_day)
{%- endmacro %}

{# The first day of the as-of day's month. Months before it are over, and stored as such. #}
{% macro as_of_month() -%}
    (select cast({{ dbt.date_trunc('month', 'run_of_month.as_of') }} as date) from {{ ref('int_run__as_of') }} as run_of_month)
{%- endmacro %}

{# The day before the first of a window that ends on the as-of day, or on the last day of CI results. One value, and no
   join: so the engine does not read what is older. #}
{% macro before_window(days) -%}
    (select {{ days_before('window_of.as_of', days) }} from {{ ref('int_run__as_of') }} as window_of)
{%- endmacro %}

{% macro before_observed_window(days) -%}
    (select {{ days_before('window_of.observed_to', days) }} from {{ ref('int_ci__observed_range') }} as window_of)
{%- endmacro %}

{# platform, or web/<browser>, so that one browser can dominate. #}
{% macro runtime(platform, browser) -%}
    case when {{ platform }} = 'web' then 'web/' || coalesce({{ browser }}, 'other') else {{ platform }} end
{%- endmacro %}

{# A sum of floats depends on the order of its rows in the last digits: rounded, the same rows give the same number. #}
{% macro stable(x) -%}
    round({{ x }}, 12)
{%- endmacro %}

{# Rounded half up, by every engine alike: their own round() differ where a value lies a hair off the half (3.2340525), as
   one looks at the product and another at the digits. Within a millionth of the last digit of a half, which is more than
   sums of floats differ by, it goes up. #}
{% macro half_up(x, digits) -%}
    cast(floor(({{ x }}) * 1e{{ digits }} + 0.500001e0) as double) / 1e{{ digits }}
{%- endmacro %}

{# The attempt of a CI run id (repo/build/attempt) as a number: as text, the tenth would come before the ninth. #}
{% macro run_attempt(run_id) -%}
    cast(split_part({{ run_id }}, '/', -1) as bigint)
{%- endmacro %}
