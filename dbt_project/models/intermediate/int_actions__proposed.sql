-- Grain: one row per action and subject (C5): protect and fix_first a test that warns of incidents, retire a test that
-- nothing speaks for, write a test where incidents had none, act on what comes back.
with protect as (

    select
        *,
        case when not is_active then '; it has not run since ' || cast(last_day as string) else '' end
        || case when is_skipped then '; it is skipped' else '' end
        || case when is_flaky then '; it is flaky, and may be quarantined by a person only' else '' end
        || case when has_no_owner then '; nobody owns it' else '' end as concerns
    from {{ ref('int_load_bearing__troubled') }}

)

select
    'protect' as action,
    'test' as subject_kind,
    test_id as subject,
    component,
    flow,
    owner,
    'Began to fail before ' || cast(hits as string) || ' of ' || cast(incidents as string) || ' incidents, '
    || cast({{ half_up('lift', 1) }} as string) || ' times as often as by chance (' || load_bearing_status || '): '
    || substr(concerns, 3) as reason,
    hits as incidents,
    minutes_per_week,
    lift as weight
from protect
where concerns <> ''
union all
select
    'fix_first' as action,
    'test' as subject_kind,
    test_id as subject,
    component,
    flow,
    owner,
    case
        when is_broken then 'Red on its last commits'
        else 'Flaky on ' || cast(flaky_shas as string) || ' of ' || cast(shas as string) || ' commits'
    end
    || ', and began to fail before ' || cast(hits as string) || ' of ' || cast(incidents as string) || ' incidents: '
    || 'until it is sound, its warning is lost' as reason,
    hits as incidents,
    minutes_per_week,
    lift as weight
from {{ ref('int_load_bearing__troubled') }}
where is_active and (is_flaky or is_broken)
union all
select
    'retire_candidate' as action,
    'test' as subject_kind,
    test_id as subject,
    component,
    flow,
    owner,
    'No failure on ' || cast(opportunities as string) || ' commits that touched ' || component
    || ' and no incident there; ' || case duplicate_evidence
        when 'duplicate_by_coverage' then 'its lines are covered by ' else 'tagged like (weaker than coverage) '
    end || duplicate_of || '. Without it at most '
    || cast({{ half_up('expected_misses_per_quarter_max', 2) }} as string) || ' faults pass in a quarter' as reason,
    incidents,
    minutes_per_week,
    minutes_per_week as weight
from {{ ref('int_test_value__judged') }}
where verdict = 'dead_weight'
union all
select
    'new_test' as action,
    'component_mode' as subject_kind,
    component || ' / ' || failure_mode as subject,
    component,
    flow,
    owner,
    cast(incidents as string) || case incidents when 1 then ' incident' else ' incidents' end
    || ' without a test that failed, the last on ' || cast(last_day as string)
    || ': ' || cast(without_test as string) || ' with no test of the component, ' || cast(without_mode as string)
    || ' with none of the failure mode, ' || cast(passed_by as string) || ' that its tests let pass' as reason,
    incidents,
    cast(null as double) as minutes_per_week,
    incidents as weight
from {{ ref('int_gaps__open') }}
union all
-- That a pattern wants a test is said by its gaps.
select
    recommendation as action,
    'pattern' as subject_kind,
    pattern_id as subject,
    component,
    cast(null as string) as flow,
    cast(null as string) as owner,
    why_together || ': ' || reason as reason,
    case kind when 'incident' then occurrences end as incidents,
    cast(null as double) as minutes_per_week,
    days as weight
from {{ ref('int_patterns__advised') }}
where recommendation <> 'new_test'
