-- Grain: one row per route pattern, with its first literal segment as a join key.
-- key_position 0 and an empty key stand for a pattern without a literal among its first three segments.
with patterns as (

    select
        service,
        upper(method) as method,
        pattern,
        flow,
        coalesce(priority, 0) as priority,
        pattern like '%/**' as is_open,
        trim(
            leading '/' from case when pattern like '%/**' then substr(pattern, 1, length(pattern) - 3) else pattern end
        ) as path
    from {{ ref('route_patterns') }}

),

segmented as (

    select
        *,
        case when path = '' then 0 else length(path) - length(replace(path, '/', '')) + 1 end as segments,
    {% for i in range(1, 13) %}
    case when split_part(path, '/', {{ i }}) like {{ "'{%}'" }} then '*' else split_part(path, '/', {{ i }}) end
        as segment_{{ i }}{{ "," if not loop.last }}
    {% endfor %}
    from patterns

)

select
    *,
    case
        {% for i in range(1, 4) %}
        when segment_{{ i }} not in ('*', '') then {{ i }}
        {% endfor %}
        else 0
    end as key_position,
    case
        {% for i in range(1, 4) %}
        when segment_{{ i }} not in ('*', '') then segment_{{ i }}
        {% endfor %}
        else ''
    end as key_segment,
    0
    {% for i in range(1, 13) %}
    + case when segment_{{ i }} = '*' then 0 else length(segment_{{ i }}) end
    {% endfor %}
        as literal_length
from segmented
