-- Grain: one row per flow and reason: what a person has to answer or add before its score can be trusted, most useful
-- first.
{% set reasons = [
    ('answer_two_questions', 'has_question', 'stable_surface? mockable?', 'fill its empty columns in flow_catalog'),
    (
        'never_observed', 'not is_observed', 'by which route or event is it used?',
        'nobody used it on a loaded day, or route_patterns and event_catalogue map no use; until then it gates nothing'
    ),
    ('no_owner', 'is_orphan', 'who owns it?', 'name an owner of the seed owners in its row of flow_catalog'),
    (
        'no_component', 'not has_component', 'which files serve it?',
        'add a glob with this flow to the seed component_flows: coverage and changes are unknown without'
    ),
    (
        'no_tests', 'tests = 0', 'which tests are of it?',
        'tag its tests with flow, add their paths to the seed test_paths, or write the first one'
    ),
] %}
with questions as (

    select
        flow,
        max(case when answer = 'yes' then risk end) as risk_if_yes,
        max(case when answer = 'yes' then decision end) as decision_if_yes,
        max(case when answer = 'no' then risk end) as risk_if_no,
        max(case when answer = 'no' then decision end) as decision_if_no
    from {{ ref('int_flow_questions__answered') }}
    group by flow

),

flows as (

    select
        flow,
        stable_surface,
        mockable,
        is_observed,
        is_orphan,
        tests,
        flow in (select questions.flow from questions) as has_question,
        flow in (select mapped.flow from {{ ref('int_components__flows') }} as mapped) as has_component
    from {{ ref('dim_flows') }}

),

found as (

    {% for reason, condition, question, what_to_do in reasons %}
    select
        flow,
        '{{ reason }}' as reason,
        {{ loop.index }} as place,
        case
            when {{ loop.index }} > 1 then '{{ question }}'
            when stable_surface is not null then 'mockable?'
            when mockable is not null then 'stable_surface?'
            else '{{ question }}'
        end as question,
        '{{ what_to_do }}' as what_to_do
    from flows
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

judged as (

    select
        found.*,
        questions.risk_if_yes,
        questions.decision_if_yes,
        questions.risk_if_no,
        questions.decision_if_no,
        questions.decision_if_yes <> scores.decision or questions.decision_if_no <> scores.decision as changes_decision,
        scores.title,
        scores.product,
        scores.owner,
        scores.risk,
        scores.decision,
        scores.as_of
    from found
    inner join {{ ref('fct_risk_scores') }} as scores
        on found.flow = scores.entity and scores.grain = 'flow' and scores.runtime = 'all'
    left join questions on found.flow = questions.flow and found.reason = 'answer_two_questions'

)

select
    flow,
    reason,
    title,
    product,
    owner,
    question,
    what_to_do,
    risk,
    decision,
    risk_if_yes,
    decision_if_yes,
    risk_if_no,
    decision_if_no,
    changes_decision,
    cast(row_number() over (
        order by place asc, coalesce(changes_decision, false) desc, risk desc, flow asc
    ) as bigint) as attention_rank,
    as_of
from judged
