{# A name as small words between blanks: of `/api/Gift-Cards/{id}` it is `api gift cards id`. translate() and no
   regular expression, so that every engine reads names alike. #}
{% macro plain_words(name) -%}
    trim(replace(replace(replace(
        translate(lower({{ name }}), '/-_.:,()}{[]*#&+@$|', '                   '), '  ', ' '
    ), '  ', ' '), '  ', ' '))
{%- endmacro %}

{% macro singular(word) -%}
    case
        when length({{ word }}) > 3 and {{ word }} like '%s' and {{ word }} not like '%ss'
            then substr({{ word }}, 1, length({{ word }}) - 1)
        else {{ word }}
    end
{%- endmacro %}

{# Does a word say what a name is about? Not one that says what kind of thing it is, nor a single letter. #}
{% macro is_telling(word) -%}
    length({{ word }}) > 1 and {{ word }} not in (
        'api', 'rest', 'v1', 'v2', 'v3', 'id', 'uuid', 'hex', 'value', 'slug', 'index', 'html', 'htm', 'php', 'xml',
        'json', 'the', 'and', 'for', 'of', 'to', 'in', 'on', 'an', 'by', 'test', 'spec', 'src', 'lib', 'main', 'com',
        'org', 'java', 'py', 'js', 'ts', 'tsx', 'jsx', 'kt', 'go', 'rb', 'cs', 'e2e', 'unit', 'app', 'web', 'page',
        'view', 'viewed', 'click', 'clicked', 'performed', 'started', 'completed', 'service', 'server', 'module'
    )
{%- endmacro %}

{# Rows of a relation with a label, one for each word of it: `keys` and `word`. Words beyond the 24th say no more. #}
{% macro words_of(relation, keys) -%}
    select distinct
        {{ keys | join(', ') }},
        {{ singular("split_part(words, ' ', cast(numbers.n as integer))") }} as word
    from (select {{ keys | join(', ') }}, {{ plain_words('label') }} as words from {{ relation }}) as plain
    cross join {{ ref('numbers') }} as numbers
    where numbers.n between 1 and 24
{%- endmacro %}
