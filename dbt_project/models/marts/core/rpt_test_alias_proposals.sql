-- Grain: one row per pair of test ids, old and new, that may be one test under two names.
with lives as (

    select
        base_id,
        max(last_day) as last_day,
        max_by(last_sha, last_started_at) filter (where last_sha is not null) as last_sha,
        min(first_day) as first_day,
        min_by(first_sha, first_started_at) filter (where first_sha is not null) as first_sha
    from {{ ref('int_tests__lifespans') }}
    group by base_id

),

told as (

    select
        pairs.*,
        case
            when pairs.tier < 3 then 'unproven'
            when pairs.rivals > 0 then 'ambiguous'
            else 'proposed'
        end as status,
        case pairs.tier when 5 then 0.97e0 when 4 then 0.94e0 else 0.9e0 end as base_confidence,
        supported.has_same_variants,
        supported.duration_ratio,
        supported.shared_failures,
        old_one.last_day as old_last_day,
        old_one.last_sha as old_last_sha,
        new_one.first_day as new_first_day,
        new_one.first_sha as new_first_sha
    from {{ ref('int_test_pairs__ranked') }} as pairs
    inner join {{ ref('int_test_pairs__supported') }} as supported
        on pairs.old_id = supported.old_id and pairs.new_id = supported.new_id
    inner join lives as old_one on pairs.old_id = old_one.base_id
    inner join lives as new_one on pairs.new_id = new_one.base_id

)

select
    told.old_id,
    told.new_id,
    told.repo,
    told.status,
    told.evidence,
    cast(
        case told.status
            when 'unproven' then 0.3e0
            when 'ambiguous' then 0.5e0
            else
                told.base_confidence
                + case when told.has_same_variants then 0.01e0 else 0 end
                + case when told.duration_ratio between 0.67e0 and 1.5e0 then 0.01e0 else 0 end
                + case when told.shared_failures > 0 then 0.01e0 else 0 end
        end as double
    ) as confidence,
    told.similarity,
    told.rivals,
    told.has_same_variants,
    told.duration_ratio,
    told.shared_failures,
    told.old_last_day,
    told.old_last_sha,
    told.new_first_day,
    told.new_first_sha,
    run.as_of
from told
cross join {{ ref('int_run__as_of') }} as run
