-- Grain: one row per service, method and route template that a pattern maps to a flow.
-- Joined on the first literal segment, never patterns x routes, so that a million routes stay cheap.
with keyed as (

    {% for position in range(4) %}
    select
        {{ position }} as key_position,
        {{ "segment_" ~ position if position else "''" }} as key_segment,
        routes.*
    from {{ ref('int_routes__segmented') }} as routes
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

candidates as (

    select
        keyed.service,
        keyed.method,
        keyed.route,
        patterns.flow,
        patterns.pattern,
        patterns.priority,
        patterns.literal_length,
        patterns.is_open
    from keyed
    inner join {{ ref('int_route_patterns__segmented') }} as patterns
        on
            keyed.key_position = patterns.key_position
            and keyed.key_segment = patterns.key_segment
    where
        (patterns.service = '*' or patterns.service = keyed.service)
        and (patterns.method = '*' or patterns.method = keyed.method)
        and (
            keyed.segments = patterns.segments
            or (patterns.is_open and keyed.segments >= patterns.segments)
        )
    {% for i in range(1, 13) %}
    and (
        patterns.segments < {{ i }}
        or patterns.segment_{{ i }} = '*'
        or patterns.segment_{{ i }} = keyed.segment_{{ i }}
    )
    {% endfor %}

)

select
    service,
    method,
    route,
    flow,
    pattern
from candidates
qualify row_number() over (
    partition by service, method, route
    order by priority desc, literal_length desc, is_open asc, pattern asc, flow asc
) = 1
