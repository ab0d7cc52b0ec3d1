-- Grain: one row per test with evidence: the probability that it is flaky (scores.md section 2, step 4).
-- Prior 3.6 % flaky; a flaky test's rate is Beta(0.5, 10); a sound test shows a mix with r0 = 1e-4 a sha, an isolated
-- episode with 1/1500.
with parameters as (

    select
        'same_sha_mix' as evidence,
        1e1 as b,
        1e-4 as r0
    union all
    select
        'isolated_episode' as evidence,
        1e1 as b,
        1e0 / 1500 as r0

),

scored as (

    select
        evidence.test_id,
        evidence.evidence,
        evidence.shas,
        evidence.k,
        evidence.is_broken,
        ln(0.036e0 / 0.964e0)
        + prefix.log_rising
        + 0.5e0 * ln(parameters.b / (parameters.b + evidence.shas))
        + evidence.k * ln(evidence.shas / (parameters.b + evidence.shas))
        - evidence.k * ln(parameters.r0 * evidence.shas)
        + parameters.r0 * evidence.shas as log_odds
    from {{ ref('int_flake__evidence') }} as evidence
    inner join {{ ref('int_numbers__log_prefix') }} as prefix on evidence.k = prefix.k
    left join parameters on evidence.evidence = parameters.evidence

)

select
    test_id,
    evidence,
    shas,
    k,
    is_broken,
    1.0e0 / (1.0e0 + exp(-1 * log_odds)) as p_flaky
from scored
