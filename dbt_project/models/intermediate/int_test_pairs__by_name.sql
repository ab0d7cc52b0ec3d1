-- Grain: one row per pair of a test that went and one of the same name that came elsewhere soon after, and what
-- speaks for their being one. A name that many have is only compared where git knows that its file was renamed.
{% set most = 50 %}
with turns as (

    select
        *,
        count(*) over (partition by repo, branch, pipeline, turn, leaf) as alike
    from {{ ref('int_tests__turnover') }}

),

pairs as (

    select
        went.repo,
        went.base_id as old_id,
        came.base_id as new_id,
        went.leaf,
        went.place as old_place,
        came.place as new_place,
        max(came.first_on_branch_at) as new_since,
        bool_or(
            renamed.old_path is not null
            and replace(went.place, went.path, '') = replace(came.place, came.path, '')
        ) as is_file_renamed
    from turns as went
    inner join turns as came
        on
            went.repo = came.repo
            and went.branch = came.branch
            and went.pipeline = came.pipeline
            and went.leaf = came.leaf
            and went.turn = 'went'
            and came.turn = 'came'
    left join {{ ref('int_test_paths__renamed') }} as renamed
        on went.repo = renamed.repo and went.path = renamed.old_path and came.path = renamed.new_path
    where
        came.n > went.n
        and came.n <= went.n + {{ threshold('alias_max_gap_builds') }}
        and came.first_on_branch_at > went.last_on_branch_at
        and went.place <> came.place
        and (
            split_part(went.path, '.', 2) = '' or split_part(came.path, '.', 2) = ''
            or split_part(went.path, '.', -1) = split_part(came.path, '.', -1)
        )
        and ((went.alike <= {{ most }} and came.alike <= {{ most }}) or renamed.old_path is not null)
    group by went.repo, went.base_id, came.base_id, went.leaf, went.place, came.place

),

names as (

    select
        repo,
        leaf,
        count(*) as tests
    from {{ ref('int_tests__places') }}
    group by repo, leaf

),

labelled as (

    select distinct
        leaf,
        leaf as label
    from pairs

),

words as (

    {{ words_of('labelled', ['leaf']) }}

),

telling as (

    select
        leaf,
        count(*) as words
    from words
    where {{ is_telling('word') }}
    group by leaf

)

select
    pairs.repo,
    pairs.old_id,
    pairs.new_id,
    pairs.old_place,
    pairs.new_place,
    pairs.new_since,
    pairs.is_file_renamed,
    -- Three words that say something, and no third test of the repository has them.
    coalesce(telling.words, 0) >= 3 and names.tests = 2 as is_telling
from pairs
inner join names on pairs.repo = names.repo and pairs.leaf = names.leaf
left join telling on pairs.leaf = telling.leaf
