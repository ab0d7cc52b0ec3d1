-- Grain: one row per repository, rule of its newest CODEOWNERS file and team it names, with the owner of the seed
-- that is meant: by its whole handle (`@shop/pay`), or by the team's own name (`pay`). Persons are hashes and
-- are left out.
with newest as (

    select
        rules.*,
        -- A JSON list of handles, which hold no comma, quote or bracket.
        translate(rules.owners_json, ',[]' || chr(34), ' ') as owners
    from {{ ref('stg_git__code_owners') }} as rules
    cross join {{ ref('int_run__as_of') }} as run
    where rules.owners_day <= run.as_of
    qualify rank() over (partition by rules.source, rules.repo order by rules.owners_day desc, rules.file_id desc) = 1

),

listed as (

    select
        newest.source,
        newest.repo,
        newest.position,
        newest.owners_day,
        split_part(newest.owners, ' ', cast(numbers.n as integer)) as handle
    from newest
    cross join {{ ref('numbers') }} as numbers
    where numbers.n between 1 and 24

),

teams as (

    select distinct
        source,
        repo,
        position,
        owners_day,
        handle,
        lower(handle) as whole_name,
        lower(split_part(handle, '/', -1)) as own_name
    from listed
    where handle like '@%'

)

select
    teams.source,
    teams.repo,
    teams.position,
    teams.owners_day,
    teams.handle,
    max(owners.owner) as owner
from teams
left join {{ ref('owners') }} as owners
    on
        lower(owners.owner) = teams.own_name
        or replace(lower(owners.owner), '@', '') = replace(teams.whole_name, '@', '')
        or ' ' || lower(owners.members) || ' ' like '% ' || teams.whole_name || ' %'
group by teams.source, teams.repo, teams.position, teams.owners_day, teams.handle
