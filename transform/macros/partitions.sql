{# BigQuery partitions by day; the others take no notice. #}
{% macro by_day(column='event_date') -%}
  {{ return({'field': column, 'data_type': 'date'} if target.type == 'bigquery' else none) }}
{%- endmacro %}

{# How rows of whole days are replaced. #}
{% macro replace_days() -%}
  {{ return('insert_overwrite' if target.type == 'bigquery' else 'delete+insert') }}
{%- endmacro %}
