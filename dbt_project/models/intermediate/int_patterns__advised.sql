-- Grain: one row per pattern of incidents or failures: the one thing to do about it, and the evidence for that.
with incident_reasons as (

    select
        *,
        case
            when is_all_low and median_minutes_to_resolve <= {{ threshold('pattern_quick_minutes') }} then 'refine_slo'
            when (without_test + without_mode) >= {{ threshold('pattern_missed_share') }} * with_gap and with_gap > 0
                then 'new_test'
            when median_minutes_to_detect > {{ threshold('pattern_slow_detection_minutes') }} then 'adjust_alert'
            else 'fix_cause'
        end as recommendation,
        {{ counted('occurrences', 'incident') }} || ' of ' || coalesce(component, 'no known component')
        || case
            when shared_words is null then ' with the failure mode ' || failure_mode
            else ' whose titles say ' || shared_words
        end as why_together,
        {{ counted('occurrences', 'time') }} || ' on ' || {{ counted('days', 'day') }} as how_often
    from {{ ref('int_patterns__incidents') }}

),

failure_reasons as (

    select
        *,
        case
            when ignored_incidents >= {{ threshold('pattern_ignored_incidents') }} then 'adjust_alert'
            else 'fix_cause'
        end as recommendation
    from {{ ref('int_patterns__failures') }}

)

select
    pattern_id,
    'incident' as kind,
    component,
    failure_mode,
    coalesce(shared_words, words) as defining_text,
    why_together,
    occurrences,
    days,
    first_day,
    last_day,
    services,
    examples,
    tests,
    median_minutes_to_detect,
    median_minutes_to_resolve,
    recommendation,
    case recommendation
        when 'refine_slo'
            then
                'it came ' || how_often || ', always of low severity, and was over within '
                || {{ rounded('median_minutes_to_resolve') }} || ' minutes (median): it alarms without harm'
        when 'new_test'
            then
                'of ' || {{ counted('occurrences', 'incident') }}
                || case
                    when with_gap < occurrences then ', ' || cast(with_gap as string) || ' with a known gap,' else ''
                end
                || ' ' || cast(without_test as string) || ' had no test of the component and '
                || cast(without_mode as string) || ' none of the failure mode'
        when 'adjust_alert'
            then
                'it was detected after ' || {{ rounded('median_minutes_to_detect') }}
                || ' minutes (median), later than ' || {{ rounded(threshold('pattern_slow_detection_minutes')) }}
        else 'it came ' || how_often || case
            when with_gap = 0 then ', and no gap of the suite is known that explains it'
            else ', though tests of it were there: one test more finds it again, and does not end it'
        end
    end as reason
from incident_reasons
union all
select
    pattern_id,
    'failure' as kind,
    component,
    failure_mode,
    message as defining_text,
    {{ counted('tests', 'test') }} || ' of ' || coalesce(component, 'no known component')
    || ' failed with the same message, numbers, ids and paths apart' as why_together,
    occurrences,
    days,
    first_day,
    last_day,
    null as services,
    examples,
    tests,
    null as median_minutes_to_detect,
    null as median_minutes_to_resolve,
    recommendation,
    case recommendation
        when 'adjust_alert'
            then
                {{ counted('ignored_incidents', 'incident') }}
                || ' followed within the window, and nobody acted on the failure: let it alert'
        else
            'it began ' || {{ counted('occurrences', 'time') }} || ' on ' || {{ counted('days', 'day') }}
            || ' in ' || {{ counted('tests', 'test') }} || ', ' || cast(flakes as string) || ' of them as a flake'
    end as reason
from failure_reasons
