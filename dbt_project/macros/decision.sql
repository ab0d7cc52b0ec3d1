{# scores.md section 1, the decision table: first match wins; an unknown determinism counts as moderate. #}
{% macro decision(risk) -%}
    case
        when known_weight < {{ threshold('decision_min_known_weight') }} then 'insufficient_data'
        when {{ half_up(risk, 4) }} < {{ threshold('decision_invest_risk') }} then 'dont_invest'
        when status = 'sunset' and {{ half_up(risk, 4) }} < {{ threshold('decision_automate_some_risk') }} then 'dont_invest'
        when status = 'sunset' or one_off or {{ half_up(risk, 4) }} < {{ threshold('decision_automate_some_risk') }} then 'explore_only'
        when determinism < {{ threshold('decision_min_determinism') }} then 'explore_only'
        when {{ half_up(risk, 4) }} >= {{ threshold('decision_automate_now_risk') }} and determinism >= {{ threshold('decision_high_determinism') }}
            then 'automate_now'
        else 'automate_partial_explore'
    end
{%- endmacro %}

{# scores.md, determinism without tests: the prior of a flow that nobody tests yet, from the two answers of its team. #}
{% macro determinism_prior(stable_surface, mockable) -%}
    case
        when {{ stable_surface }} and {{ mockable }} then 0.9e0
        when {{ stable_surface }} is null or {{ mockable }} is null then null
        when {{ stable_surface }} or {{ mockable }} then 0.7e0
        else 0.3e0
    end
{%- endmacro %}
