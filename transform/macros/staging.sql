{# A stream's columns under one type each, as they come from any of the loaders.

   A stream that is deselected has no table, and a column that `privacy` drops or the catalog leaves
   out is not in it: both come as NULL, so that everything downstream goes on. #}
{% macro staged(stream, columns) -%}
  {%- set table = source('clevertap', stream) -%}
  {%- set found = {} -%}
  {%- if execute -%}
    {%- set relation = load_relation(table) -%}
    {%- if relation is not none -%}
      {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do found.update({column.name | lower: column}) -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endif %}
select
  {%- for name, kind in columns.items() %}
  {{ staged_column(found.get(name), kind) }} as {{ name }},
  {%- endfor %}
  {{ staged_column(found.get('_sdc_extracted_at') or found.get('_sdc_batched_at'), 'timestamp') }} as loaded_at
{%- if found %}
from {{ table }}
{%- else %}
from (select 1 as nothing) as no_table
where nothing = 0
{%- endif %}
{%- endmacro %}

{% macro staged_column(column, kind) -%}
  {%- if column is none -%}cast(null as {{ type_of(kind) }})
  {%- elif kind == 'json' -%}{{ to_json(adapter.quote(column.name)) }}
  {%- elif kind == 'timestamp' -%}{{ to_timestamp_utc(adapter.quote(column.name), column.dtype) }}
  {%- else -%}cast({{ adapter.quote(column.name) }} as {{ type_of(kind) }})
  {%- endif -%}
{%- endmacro %}
