{# Does a path match a glob? `**` spans folders, `*` stays inside one.
   LIKE does it without a regular expression per pair: where the glob has no `**`, equal slash counts keep
   every `*` inside its folder; where it has, the last segment is compared on its own. #}
{% macro glob_match(path, glob) -%}
    (
        {{ path }} like {{ like_pattern(glob) }} escape '!'
        and case
            when {{ glob }} not like '%**%'
                then length({{ path }}) - length(replace({{ path }}, '/', ''))
                    = length({{ glob }}) - length(replace({{ glob }}, '/', ''))
            when split_part({{ glob }}, '/', -1) like '%**%' then true
            else split_part({{ path }}, '/', -1) like {{ like_pattern("split_part(" ~ glob ~ ", '/', -1)") }} escape '!'
        end
    )
{%- endmacro %}

{% macro like_pattern(glob) -%}
    replace(replace(replace(replace(replace(replace({{ glob }}, '!', '!!'), '_', '!_'), '%', '!%'), '**/', '%'), '**', '%'), '*', '%')
{%- endmacro %}

{# How specific a glob is: the more literal characters, the more. #}
{% macro glob_weight(glob) -%}
    length(replace({{ glob }}, '*', ''))
{%- endmacro %}
