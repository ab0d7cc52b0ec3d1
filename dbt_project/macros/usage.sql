{# Does a count stand for a route, which route patterns map? Requests do, and spans that know their route: it begins
   with a slash, as the name of an RPC, a message or a controller never does (ingest/usage/span_routes.py). #}
{% macro is_route(counts) -%}
    ({{ counts }}.kind = 'request' or ({{ counts }}.kind = 'span' and {{ counts }}.event like '/%'))
{%- endmacro %}
