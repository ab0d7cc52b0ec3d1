-- Grain: one row per test with evidence: the probability that it is flaky (scores.md section 2, step 4).
-- Prior 3.6 % flaky; a flaky test's rate is Beta(0.5, 10); a sound test shows a mix with r0 = 1e-4 a sha.
with parameters as (

    select
        10.0 as b,
        0.0001 as r0

),

scored as (

    select
        evidence.test_id,
        evidence.evidence,
        evidence.shas,
        evidence.k,
        evidence.is_broken,
        ln(0.036 / 0.964)
        + prefix.log_rising
        + 0.5 * ln(parameters.b / (parameters.b + evidence.shas))
        + evidence.k * ln(evidence.shas / (parameters.b + evidence.shas))
        - evidence.k * ln(parameters.r0 * evidence.shas)
        + parameters.r0 * evidence.shas as log_odds
    from {{ ref('int_flake__evidence') }} as evidence
    inner join {{ ref('int_numbers__log_prefix') }} as prefix on evidence.k = prefix.k
    cross join parameters

)

select
    test_id,
    evidence,
    shas,
    k,
    is_broken,
    case when evidence <> 'none' then 1.0 / (1.0 + exp(-1 * log_odds)) end as p_flaky
from scored
