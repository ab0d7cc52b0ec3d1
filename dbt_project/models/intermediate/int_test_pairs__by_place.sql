-- Grain: one row per pair of a test that went and one that came in the same place with a like name, and what the
-- commits between them changed in the file.
{% set most = 50 %}
with turns as (

    select
        *,
        count(*) over (partition by repo, branch, pipeline, turn, place) as alike,
        count(*) over (partition by repo, branch, pipeline, turn, place, n) as at_once
    from {{ ref('int_tests__turnover') }}

),

labelled as (

    select distinct
        leaf,
        leaf as label
    from turns
    where alike <= {{ most }}

),

words as (

    {{ words_of('labelled', ['leaf']) }}

),

telling as (

    select
        leaf,
        word,
        count(*) over (partition by leaf) as words
    from words
    where {{ is_telling('word') }}

),

pairs as (

    select
        went.repo,
        went.base_id as old_id,
        came.base_id as new_id,
        went.place,
        went.path,
        went.leaf as old_leaf,
        came.leaf as new_leaf,
        came.first_on_branch_at as new_since,
        went.last_sha as old_sha,
        came.first_sha as new_sha,
        went.at_once as went_here,
        came.at_once as came_here
    from turns as went
    inner join turns as came
        on
            went.repo = came.repo
            and went.branch = came.branch
            and went.pipeline = came.pipeline
            and went.place = came.place
            and went.turn = 'went'
            and came.turn = 'came'
    where
        came.n > went.n
        and came.n <= went.n + {{ threshold('alias_max_gap_builds') }}
        and came.first_on_branch_at > went.last_on_branch_at
        and went.alike <= {{ most }}
        and came.alike <= {{ most }}
    -- Of several pipelines the one that saw both closest together: fewest commits lie between.
    qualify row_number() over (
        partition by went.base_id, came.base_id
        order by went.last_started_at desc, came.first_started_at asc nulls last, went.branch asc, went.pipeline asc
    ) = 1

),

alike as (

    select
        pairs.old_id,
        pairs.new_id,
        2.0e0 * count(*) / (max(old_words.words) + max(new_words.words)) as similarity
    from pairs
    inner join telling as old_words on pairs.old_leaf = old_words.leaf
    inner join telling as new_words on pairs.new_leaf = new_words.leaf and old_words.word = new_words.word
    group by pairs.old_id, pairs.new_id

)

select
    pairs.repo,
    pairs.old_id,
    pairs.new_id,
    pairs.path,
    pairs.old_sha,
    pairs.new_sha,
    pairs.new_since,
    pairs.went_here,
    pairs.came_here,
    {{ squashed('pairs.old_leaf') }} = {{ squashed('pairs.new_leaf') }} as is_respelled,
    cast({{ stable('coalesce(alike.similarity, 0)') }} as double) as similarity
from pairs
left join alike on pairs.old_id = alike.old_id and pairs.new_id = alike.new_id
where
    {{ squashed('pairs.old_leaf') }} = {{ squashed('pairs.new_leaf') }}
    or alike.similarity >= {{ threshold('alias_min_similarity') }}
