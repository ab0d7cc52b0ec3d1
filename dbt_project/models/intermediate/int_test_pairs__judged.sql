-- Grain: one row per pair of a test that went and one that came: how strongly what is known speaks for one test.
-- Tier 5 to 3 are proof enough for a proposal, 1 is not.
with together as (

    select
        old_place,
        new_place,
        count(*) as pairs,
        count(case when is_telling then 1 end) as telling
    from {{ ref('int_test_pairs__by_name') }}
    group by old_place, new_place

),

named as (

    select
        names.repo,
        names.old_id,
        names.new_id,
        names.new_since,
        1.0e0 as similarity,
        case
            -- A file of which nothing but the name changed has all its tests.
            when
                names.is_file_renamed
                and together.pairs >= 0.9e0 * old_places.went
                and together.pairs >= 0.9e0 * new_places.came
                and old_places.stayed = 0
                then 5
            -- A file, or a class, whose tests all left, at least half of them to this place.
            when
                together.telling >= 2
                and 2 * together.pairs >= old_places.went
                and 2 * together.pairs >= new_places.came
                and old_places.stayed = 0
                then 4
            when names.is_telling then 3
            else 1
        end as tier
    from {{ ref('int_test_pairs__by_name') }} as names
    inner join together on names.old_place = together.old_place and names.new_place = together.new_place
    inner join {{ ref('int_test_places__changed') }} as old_places on names.old_place = old_places.place
    inner join {{ ref('int_test_places__changed') }} as new_places on names.new_place = new_places.place

),

placed as (

    select
        pairs.repo,
        pairs.old_id,
        pairs.new_id,
        pairs.new_since,
        pairs.similarity,
        case
            when pairs.is_respelled then 4
            -- As many lines were exchanged as tests took another name, and nothing else: their bodies stayed.
            when
                pairs.went_here = pairs.came_here
                and edits.lines_added = pairs.went_here
                and edits.lines_removed = pairs.went_here
                then 3
            else 1
        end as tier
    from {{ ref('int_test_pairs__by_place') }} as pairs
    left join {{ ref('int_test_pairs__edited') }} as edits
        on pairs.old_id = edits.old_id and pairs.new_id = edits.new_id

)

select
    *,
    case tier
        when 5 then 'file_renamed' when 4 then 'moved_together' when 3 then 'moved' else 'same_name'
    end as evidence
from named
union all
select
    *,
    case tier when 4 then 'respelled' when 3 then 'renamed' else 'like_name' end as evidence
from placed
