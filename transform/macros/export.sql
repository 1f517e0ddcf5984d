{# Prints a query's rows as one line of JSON, all values as text: one way to read any warehouse. #}
{% macro export_rows(models) %}
  {%- set tables = {} -%}
  {%- for model in models -%}
    {%- do tables.update({model: rows_of('select * from ' ~ ref(model))}) -%}
  {%- endfor -%}
  {{ print('rows: ' ~ tojson(tables)) }}
{% endmacro %}

{% macro export_relations(relations) %}
  {%- set tables = {} -%}
  {%- for name, relation in relations.items() -%}
    {%- do tables.update({name: rows_of('select * from ' ~ relation)}) -%}
  {%- endfor -%}
  {{ print('rows: ' ~ tojson(tables)) }}
{% endmacro %}

{% macro rows_of(sql) -%}
  {%- set found = run_query(sql) -%}
  {%- set rows = [] -%}
  {%- for row in found.rows -%}
    {%- set texts = {} -%}
    {%- for name in found.column_names -%}
      {%- do texts.update({name | lower: none if row[name] is none else row[name] | string}) -%}
    {%- endfor -%}
    {%- do rows.append(texts) -%}
  {%- endfor -%}
  {{ return(rows) }}
{%- endmacro %}
