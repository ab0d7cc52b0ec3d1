{# The id that a gap keeps while it comes and goes. A letter in front: twelve digits, or digits and one e, would be a
   number to a spreadsheet. #}
{% macro gap_id(gap_type, flow, runtime) -%}
    'g' || substr(md5({{ gap_type }} || '|' || {{ flow }} || '|' || {{ runtime }}), 1, 12)
{%- endmacro %}

{% macro gap_platform(dominant_platform) -%}
    coalesce({{ dominant_platform }}, 'all platforms')
{%- endmacro %}

{% macro ticket_title(flow, platform) -%}
    'Automate ' || {{ flow }} || ' happy path on ' || {{ platform }}
{%- endmacro %}

{# A title as one compares it: small letters, and one blank wherever there is white space. #}
{% macro folded_title(title) -%}
    trim(
        {%- for _ in range(4) %}replace({% endfor -%}
        translate(lower({{ title }}), chr(9) || chr(10) || chr(13) || chr(160), '    ')
        {%- for _ in range(4) %}, '  ', ' '){% endfor -%}
    )
{%- endmacro %}

{# Where a person reads an issue; NULL where its site is not known. #}
{% macro ticket_url(source, key) -%}
    {% if var('ticket_site') -%}
    case when {{ source }} = 'jira' then '{{ var("ticket_site") | replace("'", "''") }}/browse/' || {{ key }} end
    {%- else -%}
    cast(null as string)
    {%- endif %}
{%- endmacro %}
