-- Grain: one row per test with evidence: its status, first match wins (scores.md section 2, step 5).
select
    *,
    {{ ratio('k', 'shas') }} as flake_rate,
    case
        when shas < {{ threshold('flake_min_shas') }} and k < 2 then 'insufficient_data'
        when k >= 2 and p_flaky >= {{ threshold('flake_confirm_probability') }} then 'flaky_confirmed'
        when is_broken then 'broken'
        when k >= 1 and p_flaky >= {{ threshold('flake_suspect_probability') }} then 'flaky_suspected'
        when evidence = 'none' then 'no_signal'
        else 'stable'
    end as status
from {{ ref('int_flake__scored') }}
