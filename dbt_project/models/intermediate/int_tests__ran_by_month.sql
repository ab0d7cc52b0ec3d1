-- Grain: one row per test and month in which it ran: its first and last day there, when it first passed on the main
-- branch, how often it ran, and what its last run came to.
{{ by_day('month', 'int_ci_months__known', batch=1) }}
{{ tests_ran(ref('int_test_runs__resolved'), batch_days('run_day')) }}
