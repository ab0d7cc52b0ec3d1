{# A table that a night adds a day to, instead of making it again.
   day: its column that says which day a row belongs to;
   days: a model of one row per such day: day, from_day, until_day, digest;
   told: parents whose content the digests tell of already; batch: how many days are built at once;
   row_by_row: parents of which each row comes of one of a table by day and of nothing beside it that is told by day (a
   route, and the flow it is mapped to): what came new among them changes no other day.
   A day is built again if its digest, what it reads of other tables by day between from_day and until_day, the SQL of
   the model or any row of its other parents (of those row by row: their SQL and their own parents) has changed: so it always equals what a whole build would give. A batch is
   built whole or not at all, and a build that was killed goes on after the last one. Spark makes the table whole each
   time. docs/decisions.md, "Tables by day". #}
{% macro by_day(day, days, told=[], row_by_row=[], batch=31) -%}
    {# The model's parent, but no input of its unit tests. #}
    {% if not execute %}{% do ref(days) %}{% endif %}
    {{- config(materialized='by_day', meta={'by_day': {'day': day, 'days': days, 'told': told, 'row_by_row': row_by_row, 'batch': batch}}) -}}
{%- endmacro %}

{# Where a model by day reads rows: the days of the batch, to which these two are changed. #}
{% macro batch_days(column) -%}
    {{ column }} between date '0001-01-01' and date '9999-12-31'
{%- endmacro %}

{% materialization by_day, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}

{% materialization by_day, adapter='duckdb' %}
    {%- set asked = config.get('meta').by_day -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {% do run_query(built_days_table()) %}

    {%- set recipe = by_day_recipe(asked) -%}
    {%- set known = run_query("select count(*) from state.built_tables where model = '" ~ model.name ~ "' and recipe = '" ~ recipe ~ "'")[0][0] -%}
    {%- set is_new = existing is none or not existing.is_table or known == 0 or should_full_refresh() -%}
    {% if is_new %}
        {% if existing is not none %}{% do adapter.drop_relation(existing) %}{% endif %}
        {% call statement('empty') -%}
            {{ create_table_as(False, target_relation, 'select * from (' ~ compiled_code ~ ') as rows_of where false') }};
            delete from state.built_days where model = '{{ model.name }}';
            delete from state.built_tables where model = '{{ model.name }}';
            insert into state.built_tables (model, recipe) values ('{{ model.name }}', '{{ recipe }}');
        {%- endcall %}
        {% do persist_docs(target_relation, model) %}
        {% do adapter.commit() %}
    {% endif %}
    {%- set asking = by_day_tests() -%}
    {% call statement('tests') -%}
        update state.built_days set is_proved = false
        where model = '{{ model.name }}' and '{{ asking }}' is distinct from
            (select max(tests) from state.built_tables where model = '{{ model.name }}');
        update state.built_tables set tests = '{{ asking }}' where model = '{{ model.name }}';
    {%- endcall %}
    {% do adapter.commit() %}

    {%- set columns = adapter.get_columns_in_relation(target_relation) | map(attribute='quoted') | join(', ') -%}
    {% for batch in by_day_batches(asked, recipe, is_new=is_new) %}
        {% call statement('batch_' ~ loop.index) -%}
            {{ by_day_statements(asked, batch, columns) }}
        {%- endcall %}
        {% do adapter.commit() %}
    {% endfor %}

    {% call statement('main') -%}
        delete from state.days_to_build where model = '{{ model.name }}'
    {%- endcall %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro built_days_table() -%}
    create schema if not exists state;
    create table if not exists state.built_tables (model varchar, recipe varchar, tests varchar);
    alter table state.built_tables add column if not exists tests varchar;
    create table if not exists state.built_days (model varchar, day date, digest varchar, is_proved boolean);
    create table if not exists state.days_to_build (model varchar, batch bigint, day date, digest varchar);
{%- endmacro %}

{# What is asked of the table: other tests than before have proved no day of it. What the macro of a test asks is not
   seen from here: after a change of that, delete the warehouse. #}
{% macro by_day_tests() -%}
    {%- set facts = [] -%}
    {% for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'test') | sort(attribute='unique_id') -%}
        {% if node.attached_node == model.unique_id -%}
            {% do facts.append(node.raw_code ~ tojson(node.test_metadata, sort_keys=true) ~ node.config.where ~ node.config.severity) %}
        {%- endif %}
    {%- endfor %}
    {{- return(local_md5(facts | join(' '))) -}}
{%- endmacro %}

{# What makes all days old: the model itself, the engine, and what it reads that is not told by day. #}
{% macro by_day_recipe(asked) -%}
    {%- set facts = [local_md5(compiled_code), run_query('select version()')[0][0]] -%}
    {{- return(local_md5((facts + by_day_facts(model, asked)) | join(' '))) -}}
{%- endmacro %}

{% macro by_day_facts(of, asked) -%}
    {%- set facts = [] -%}
    {% for parent in of.depends_on.nodes | sort -%}
        {%- set node = graph.nodes[parent] if parent in graph.nodes else none -%}
        {% if node and node.name in asked.row_by_row -%}
            {% do facts.append(local_md5(node.raw_code)) %}
            {% do facts.extend(by_day_facts(node, asked)) %}
        {%- elif node and node.config.materialized != 'by_day' and node.name != asked.days and node.name not in asked.told -%}
            {%- set place = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
            {% do facts.append(run_query('select count(*) || coalesce(sum(hash(rows_of)), 0) from ' ~ place ~ ' as rows_of')[0][0]) %}
        {%- endif %}
    {%- endfor %}
    {{- return(facts) -}}
{%- endmacro %}

{# Batches of days to build: the first and last day of each, and between which days it reads. A new table has all
   days, whether the days' model knows them or not. #}
{% macro by_day_batches(asked, recipe, is_new) -%}
    {%- set parents = [] -%}
    {% for parent in model.depends_on.nodes -%}
        {% if parent in graph.nodes and graph.nodes[parent].config.materialized == 'by_day' %}{% do parents.append(graph.nodes[parent].name) %}{% endif %}
    {%- endfor %}
    {%- set node = graph.nodes.values() | selectattr('name', 'equalto', asked.days) | selectattr('resource_type', 'equalto', 'model') | first -%}
    {%- set days = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
    {% call statement('find') -%}
        delete from state.days_to_build where model = '{{ model.name }}';
        insert into state.days_to_build
        with wanted as (
            select days.day, md5(concat_ws(' ', '{{ recipe }}', any_value(days.digest), string_agg(built.digest, ' ' order by built.model, built.day))) as digest
            from {{ days }} as days
            left join state.built_days as built
                on built.model in ('{{ parents | join("', '") }}') and built.day between days.from_day and days.until_day
            group by days.day
        ),
        every_day as (
            select
                coalesce(wanted.day, built.day) as day,
                wanted.digest,
                wanted.digest is distinct from built.digest as is_old
            from wanted
            full join (from state.built_days where model = '{{ model.name }}') as built on wanted.day = built.day
        ),
        islands as (
            select *, count(*) filter (where not is_old) over (order by day) as island from every_day
        ),
        numbered as (
            select *, (row_number() over (partition by island order by day) - 1) // {{ asked.batch }} as part
            from islands
            where is_old
        )
        select '{{ model.name }}', dense_rank() over (order by island, part), day, digest
        from numbered
    {%- endcall %}
    {% do adapter.commit() %}
    {%- set found = run_query("
        with batches as (
            select
                todo.batch,
                min(todo.day) as first_day,
                max(todo.day) as last_day,
                min(days.from_day) as from_day,
                max(days.until_day) as until_day
            from state.days_to_build as todo
            left join " ~ days ~ " as days on todo.day = days.day
            where todo.model = '" ~ model.name ~ "'
            group by todo.batch
        ),
        opened as (
            select
                batch,
                case when is_new and row_number() over (order by batch) = 1 then date '0001-01-01' else first_day end as first_day,
                case when is_new then coalesce(lead(first_day) over (order by batch) - 1, date '9999-12-31') else last_day end as last_day,
                from_day,
                until_day
            from batches, (select " ~ is_new ~ " as is_new)
        )
        select batch, cast(first_day as varchar), cast(last_day as varchar),
            cast(least(first_day, from_day) as varchar), cast(greatest(last_day, until_day) as varchar)
        from opened
        order by batch") -%}
    {%- set whole = [[0, '0001-01-01', '9999-12-31', '0001-01-01', '9999-12-31']] -%}
    {{- return(found.rows if found.rows or not is_new else whole) -}}
{%- endmacro %}

{% macro by_day_statements(asked, batch, columns) -%}
    {%- set query = compiled_code | replace("'0001-01-01'", "'" ~ batch[3] ~ "'") | replace("'9999-12-31'", "'" ~ batch[4] ~ "'") -%}
    {%- set in_batch = asked.day ~ " between date '" ~ batch[1] ~ "' and date '" ~ batch[2] ~ "'" -%}
    delete from {{ this }} where {{ in_batch }};
    insert into {{ this }} ({{ columns }}) select {{ columns }} from ({{ query }}) as rows_of where {{ in_batch }};
    delete from state.built_days where model = '{{ model.name }}' and {{ in_batch | replace(asked.day, 'day') }};
    insert into state.built_days
    select model, day, digest, false from state.days_to_build
    where model = '{{ model.name }}' and batch = {{ batch[0] }} and digest is not null;
{%- endmacro %}

{# Data tests of a table by day ask of the days that no build has proved yet: all of them once, then the new ones, and
   all of them again when the tests are others. #}
{% macro get_where_subquery(relation) -%}
    {%- set of = graph.nodes[model.attached_node] if model.attached_node in graph.nodes else none -%}
    {% if target.type == 'duckdb' and of and of.config.materialized == 'by_day' and of.name == relation.identifier -%}
        {%- set day = of.config.meta.by_day.day -%}
        {{- return('(select * from ' ~ relation ~ ' where ' ~ day ~ " in (select built.day from state.built_days as built where built.model = '" ~ of.name ~ "' and not built.is_proved)) as dbt_subquery") -}}
    {%- endif %}
    {{- return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) -}}
{%- endmacro %}
