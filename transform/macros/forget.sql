{# Removes a user from every table: those of the loader, the marts, snapshots and stored alerts.

   A user is known by an identity, an e-mail address, a phone number or the id of a device. Who
   shares none of these ids with anybody is removed with all devices that were ever theirs. #}
{% macro forget(person, dry_run=false) %}
  {%- set ids = ids_of_person(person) -%}
  {%- if ids -%}
    {%- set removed = {} -%}
    {%- for table in tables_with_people() -%}
      {%- set condition = rows_of_ids(table.columns, ids) -%}
      {%- set found = run_query('select count(*) from ' ~ table.relation ~ ' where ' ~ condition) -%}
      {%- set number = found.rows[0][0] | int -%}
      {%- if number -%}
        {%- if not dry_run -%}
          {%- do run_query('delete from ' ~ table.relation ~ ' where ' ~ condition) -%}
        {%- endif -%}
        {%- do removed.update({table.relation.schema ~ '.' ~ table.relation.identifier: number}) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if target.type in ['duckdb', 'postgres'] -%}{%- do run_query('commit') -%}{%- endif -%}
    {{ print('forgotten: ' ~ tojson({'ids': ids, 'rows': removed})) }}
  {%- endif -%}
{% endmacro %}

{# All ids of a user: identities, profile ids and devices, as the tap's tables and the map say. #}
{% macro ids_of_person(person) -%}
  {%- set name = quoted(person) -%}
  {%- set sql -%}
    with claims as (
        select profile_id as id, identity, email, phone, device.value as device_id
        from {{ ref('stg_profiles') }} as profiles
        {{ each_text('profiles.object_ids', 'device') }}
        union all
        select cast(null as {{ dbt.type_string() }}) as id, identity, email, phone, object_id as device_id
        from {{ ref('stg_events') }}
        group by identity, email, phone, object_id
    ),
    named as (
        select id, identity, device_id from claims
        where {{ name }} in (id, identity, email, phone, device_id)
            or {{ quoted(person | replace('+', '')) }} = phone
    ),
    persons as (
        select map.person_id
        from {{ ref('person_devices') }} as map
        inner join named on map.device_id = named.device_id
        union distinct
        select person_id from {{ ref('person_devices') }} where person_id = {{ name }}
        union distinct
        select identity as person_id from named where identity is not null
    ),
    everything as (
        select device_id as id from {{ ref('person_devices') }} where person_id in (select person_id from persons)
        union distinct
        select person_id as id from persons
        union distinct
        select device_id as id from claims where identity in (select person_id from persons)
        union distinct
        select id from named
        union distinct
        select device_id as id from named
    )
    select distinct id from everything where id is not null order by id
  {%- endset -%}
  {{ return(run_query(sql).columns[0].values() | map('string') | list) }}
{%- endmacro %}

{# The tables that hold rows of single users, with the columns that say whose. #}
{% macro tables_with_people() -%}
  {%- set schemas = [source('clevertap', 'events')] -%}
  {%- for node in graph.nodes.values() if node.resource_type in ['model', 'snapshot', 'seed', 'test'] -%}
    {%- do schemas.append(api.Relation.create(database=node.database, schema=node.schema, identifier='any')) -%}
  {%- endfor -%}
  {%- set seen = [] -%}
  {%- set tables = [] -%}
  {%- for schema in schemas if schema.schema not in seen -%}
    {%- do seen.append(schema.schema) -%}
    {%- for relation in tables_of(schema) -%}
      {%- set columns = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list -%}
      {%- set mine = ['person_id', 'identity', 'device_id', 'object_id', 'profile_id'] | select('in', columns) | list -%}
      {%- if mine or 'event_props' in columns -%}
        {%- do tables.append({'relation': relation, 'columns': columns}) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(tables) }}
{%- endmacro %}

{# The tables, not the views, of a schema. #}
{% macro tables_of(schema) -%}
  {%- set listing -%}
    select table_name from {{ adapter.dispatch('tables_view')(schema) }}
    where table_type = 'BASE TABLE' order by table_name
  {%- endset -%}
  {%- set relations = [] -%}
  {%- for row in run_query(listing).rows -%}
    {%- do relations.append(api.Relation.create(
      database=schema.database, schema=schema.schema, identifier=row[0] | string, type='table'
    )) -%}
  {%- endfor -%}
  {{ return(relations) }}
{%- endmacro %}

{% macro default__tables_view(schema) -%}
  (
    select table_name, table_type from {{ schema.database ~ '.' if target.type == 'snowflake' }}information_schema.tables
    where lower(table_schema) = lower({{ quoted(schema.schema) }})
      and lower(table_catalog) = lower({{ quoted(schema.database) }})
  ) as listed
{%- endmacro %}

{% macro bigquery__tables_view(schema) -%}
  `{{ schema.database }}.{{ schema.schema }}`.INFORMATION_SCHEMA.TABLES
{%- endmacro %}

{% macro rows_of_ids(columns, ids) -%}
  {%- set conditions = [] -%}
  {%- for column in ['person_id', 'identity', 'device_id', 'object_id', 'profile_id'] if column in columns -%}
    {%- do conditions.append(column ~ ' in (' ~ quoted_list(ids) ~ ')') -%}
  {%- endfor -%}
  {%- if 'event_props' in columns -%}
    {# An app's removal names the device in a property. #}
    {%- do conditions.append(json_value(to_json('event_props'), 'clevertapId') ~ ' in (' ~ quoted_list(ids) ~ ')') -%}
  {%- endif -%}
  {{ return(conditions | join(' or ')) }}
{%- endmacro %}
