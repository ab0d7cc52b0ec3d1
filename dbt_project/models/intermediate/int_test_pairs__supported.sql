-- Grain: one row per ranked pair: what else its two tests have in common. It supports, it never decides.
with ids as (

    select old_id as base_id from {{ ref('int_test_pairs__ranked') }}
    union
    select new_id as base_id from {{ ref('int_test_pairs__ranked') }}

),

attempts as (

    select
        ids.base_id,
        attempts.test_id,
        attempts.status,
        attempts.duration_ms,
        attempts.fingerprint
    from ids
    inner join {{ ref('int_tests__tagged') }} as tests on ids.base_id = tests.base_id
    inner join {{ ref('int_test_attempts__keyed') }} as attempts on tests.test_id = attempts.test_id

),

facts as (

    select
        base_id,
        count(distinct test_id) as variants,
        percentile_cont(0.5e0) within group (
            order by case when status = 'passed' then duration_ms end asc
        ) as median_ms
    from attempts
    group by base_id

),

failures as (

    select distinct
        base_id,
        fingerprint
    from attempts
    where fingerprint is not null

),

shared as (

    select
        pairs.old_id,
        pairs.new_id,
        count(*) as failures
    from {{ ref('int_test_pairs__ranked') }} as pairs
    inner join failures as old_ones on pairs.old_id = old_ones.base_id
    inner join failures as new_ones on pairs.new_id = new_ones.base_id and old_ones.fingerprint = new_ones.fingerprint
    group by pairs.old_id, pairs.new_id

)

select
    pairs.old_id,
    pairs.new_id,
    old_facts.variants = new_facts.variants as has_same_variants,
    {{ ratio('new_facts.median_ms', 'old_facts.median_ms') }} as duration_ratio,
    cast(coalesce(shared.failures, 0) as bigint) as shared_failures
from {{ ref('int_test_pairs__ranked') }} as pairs
inner join facts as old_facts on pairs.old_id = old_facts.base_id
inner join facts as new_facts on pairs.new_id = new_facts.base_id
left join shared on pairs.old_id = shared.old_id and pairs.new_id = shared.new_id
