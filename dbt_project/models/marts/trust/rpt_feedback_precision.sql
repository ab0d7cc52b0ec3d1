-- Grain: one row per subject type and verdict that people judged: how often it was right.
with newest as (

    select
        feedback.subject_type,
        feedback.subject,
        feedback.verdict_given,
        feedback.is_right,
        feedback.judged_on
    from {{ ref('verdict_feedback') }} as feedback
    cross join {{ ref('int_run__as_of') }} as run
    where feedback.judged_on <= run.as_of
    qualify row_number() over (
        partition by feedback.subject_type, feedback.subject, feedback.verdict_given, feedback.judged_by
        order by feedback.judged_on desc, feedback.is_right asc
    ) = 1

),

counted as (

    select
        newest.subject_type,
        newest.verdict_given as verdict,
        count(subjects.subject) as judged,
        count(case when newest.is_right then subjects.subject end) as right_count,
        count(*) - count(subjects.subject) as gone,
        max(newest.judged_on) as last_judged_on
    from newest
    left join {{ ref('int_feedback__subjects') }} as subjects
        on newest.subject_type = subjects.subject_type and newest.subject = subjects.subject
    group by newest.subject_type, newest.verdict_given

),

sized as (

    select
        *,
        cast(right_count as double) as part,
        nullif(cast(judged as double), 0) as whole
    from counted

)

select
    sized.subject_type,
    sized.verdict,
    cast(sized.judged as bigint) as judged,
    cast(sized.right_count as bigint) as judged_right,
    sized.part / sized.whole as judged_precision,
    {{ wilson('sized.part', 'sized.whole', '-') }} as precision_low,
    {{ wilson('sized.part', 'sized.whole', '+') }} as precision_high,
    cast(sized.gone as bigint) as gone,
    sized.last_judged_on,
    run.as_of
from sized
cross join {{ ref('int_run__as_of') }} as run
