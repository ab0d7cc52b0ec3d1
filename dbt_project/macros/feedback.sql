{# One bound of Wilson's 95 % interval (z = 1.96) of a share; sign is + or -. NULL of none. #}
{% macro wilson(part, whole, sign) -%}
    {{ half_up(
        '(' ~ part ~ ' / ' ~ whole ~ ' + 1.920729410347062e0 / ' ~ whole ~ ' ' ~ sign ~ ' 1.959963984540054e0 * sqrt('
        ~ part ~ ' / ' ~ whole ~ ' * (1 - ' ~ part ~ ' / ' ~ whole ~ ') / ' ~ whole
        ~ ' + 0.960364705173531e0 / (' ~ whole ~ ' * ' ~ whole ~ '))) / (1 + 3.841458820694124e0 / ' ~ whole ~ ')',
        9
    ) }} + 0
{%- endmacro %}
