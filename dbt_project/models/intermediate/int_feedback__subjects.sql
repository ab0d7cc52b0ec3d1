-- Grain: one row per subject type and subject that feedback can be about today. A gap stays one when it is closed, a
-- test under its old names, a proposal when it was accepted.
select
    'score' as subject_type,
    entity as subject
from {{ ref('int_score__bounds') }}
union
select
    'score' as subject_type,
    entity || ' ' || runtime as subject
from {{ ref('int_score__bounds') }}
union
select
    'verdict' as subject_type,
    test_id as subject
from {{ ref('int_test_ids__current') }}
union
select
    'verdict' as subject_type,
    reported_id as subject
from {{ ref('int_test_ids__current') }}
union
select
    'gap' as subject_type,
    gap_id as subject
from {{ ref('int_gaps__possible') }}
union
select
    'proposal' as subject_type,
    old_id as subject
from {{ ref('test_aliases') }}
union
select
    'proposal' as subject_type,
    old_id as subject
from {{ ref('int_test_pairs__ranked') }}
