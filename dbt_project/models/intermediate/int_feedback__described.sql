-- Grain: one row per metric of the incident loop: what it means, and what is wanted.
{% set metrics = [
    ('incident_coverage_rate', 'more', "threshold:incident_coverage_target", 'incidents',
     'Share of incidents with a test of their component that was there before them'),
    ('incident_coverage_rate_of_mode', 'more', none, 'incidents',
     'The same, with a test of their failure mode'),
    ('prediction_rate', 'more', "threshold:prediction_target", 'incidents',
     'Share of incidents before which a test began to fail whose failing warns of incidents. In sample: they'
     ' helped to show that it warns'),
    ('prediction_rate_leave_one_out', 'more', none, 'incidents',
     'The same, by tests that the other incidents alone show to warn: what to expect of the next one'),
    ('prediction_rate_above_chance', 'more', none, 'incidents',
     'Share of incidents before which any test began to fail, less the share of days without an incident before'
     ' which one did; of components with enough such days'),
    ('prediction_rate_chance_corrected', 'more', none, 'incidents',
     'The same, less an estimate of chance made of each test alone: one with little history counts as likely to'
     ' fail, so in a large or young suite it is 0. For comparison only'),
    ('prediction_rate_naive', 'more', none, 'incidents',
     'Share of incidents before which any test failed, flakes too: high before any day. For comparison only'),
    ('gap_closure_days', 'less', "threshold:gap_closure_days", 'gaps',
     'Days until half of the gaps that incidents showed had a passing test; gaps still open count for the time'
     ' they have been'),
    ('gap_closure_days_naive', 'less', none, 'gaps',
     'Mean days of closed gaps alone: flatters, as what takes longest is not in it. For comparison only'),
    ('gaps_closed_in_14_days', 'more', none, 'gaps',
     'Share of the gaps old enough to tell that were closed within gap_closure_days'),
    ('gaps_overdue', 'less', none, 'gaps',
     'Gaps open for longer than gap_closure_days'),
    ('dead_weight_ratio', 'less', "threshold:dead_weight_target", 'tests',
     'Share of dead weight among tests that are old enough and had enough chances to find something'),
    ('dead_weight_ratio_naive', 'less', none, 'tests',
     'Share of active tests of that age of which no attempt failed in dead_weight_days: counts good guards as'
     ' waste. For comparison only'),
    ('suite_growth', 'less', 'quarter_before', 'tests',
     'Tests that came less tests that went in the last whole quarter; wanted below the quarter before'),
] %}
{% for metric, wanted, target, of_what, what in metrics %}
select
    {{ loop.index }} as position,
    '{{ metric }}' as metric,
    '{{ what }}' as what,
    '{{ of_what }}' as n_of,
    '{{ wanted }}' as wanted,
    {% if target and target.startswith('threshold:') %}
    {{ threshold(target[10:]) }} as target,
    {% else %}
    cast(null as double) as target,
    {% endif %}
    {{ 'true' if target == 'quarter_before' else 'false' }} as is_against_quarter_before,
    {{ 'true' if metric == 'prediction_rate' else 'false' }} as is_in_sample
{{ 'union all' if not loop.last }}
{% endfor %}
