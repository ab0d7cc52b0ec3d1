-- Grain: one row per pattern: incidents, or failure messages of the suite, that came back, and the one thing to do.
select
    patterns.pattern_id,
    patterns.kind,
    patterns.component,
    patterns.failure_mode,
    patterns.defining_text,
    patterns.why_together,
    patterns.occurrences,
    patterns.days,
    patterns.first_day,
    patterns.last_day,
    {{ days_between('patterns.first_day', 'patterns.last_day') }} as days_between,
    patterns.services,
    patterns.examples,
    patterns.tests,
    cast(patterns.median_minutes_to_detect as double) as median_minutes_to_detect,
    cast(patterns.median_minutes_to_resolve as double) as median_minutes_to_resolve,
    patterns.recommendation,
    patterns.reason,
    run.as_of
from {{ ref('int_patterns__advised') }} as patterns
cross join {{ ref('int_run__as_of') }} as run
