{# Types and casts that differ between warehouses. #}

{% macro type_of(kind) -%}
  {%- if kind == 'text' -%}{{ dbt.type_string() }}
  {%- elif kind == 'integer' -%}{{ dbt.type_bigint() }}
  {%- elif kind == 'number' -%}{{ dbt.type_numeric() }}
  {%- elif kind == 'boolean' -%}{{ dbt.type_boolean() }}
  {%- elif kind == 'date' -%}date
  {%- elif kind == 'timestamp' -%}{{ dbt.type_timestamp() }}
  {%- elif kind == 'json' -%}{{ adapter.dispatch('type_json')() }}
  {%- else -%}{{ exceptions.raise_compiler_error(kind ~ ": not a kind of column") }}
  {%- endif -%}
{%- endmacro %}

{% macro default__type_json() %}json{% endmacro %}
{% macro postgres__type_json() %}jsonb{% endmacro %}
{% macro snowflake__type_json() %}variant{% endmacro %}

{# A text as a number, NULL where it is none: the same property may be both. #}
{% macro to_number(text) %}{{ adapter.dispatch('to_number')(text) }}{% endmacro %}

{% macro default__to_number(text) %}{{ dbt.safe_cast(text, dbt.type_numeric()) }}{% endmacro %}

{% macro duckdb__to_number(text) %}try_cast({{ text }} as {{ dbt.type_numeric() }}){% endmacro %}

{% macro postgres__to_number(text) -%}
  case
    when {{ text }} ~ '^-?[0-9]{1,20}([.][0-9]+)?([eE][+-]?[0-9])?$' then cast({{ text }} as {{ dbt.type_numeric() }})
  end
{%- endmacro %}

{# A column as an instant in UTC without a zone, whichever of the two the loader has made. #}
{% macro to_timestamp_utc(column, data_type) %}{{ adapter.dispatch('to_timestamp_utc')(column, data_type) }}{% endmacro %}

{% macro default__to_timestamp_utc(column, data_type) -%}
  {%- if 'time zone' in data_type | lower or data_type | lower == 'timestamptz' -%}
    ({{ column }} at time zone 'UTC')
  {%- else -%}
    cast({{ column }} as {{ dbt.type_timestamp() }})
  {%- endif -%}
{%- endmacro %}

{% macro bigquery__to_timestamp_utc(column, data_type) %}cast({{ column }} as timestamp){% endmacro %}

{% macro snowflake__to_timestamp_utc(column, data_type) -%}
  {%- if data_type | upper in ['TIMESTAMP_TZ', 'TIMESTAMP_LTZ'] -%}
    cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz)
  {%- else -%}
    cast({{ column }} as timestamp_ntz)
  {%- endif -%}
{%- endmacro %}

{# A text within quotes that SQL understands, whatever is in it. #}
{% macro quoted(text) -%}
  {%- if target.type in ['bigquery', 'snowflake'] -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
  {%- else -%}
    '{{ text | replace("'", "''") }}'
  {%- endif -%}
{%- endmacro %}

{% macro quoted_list(texts) -%}
  {%- for text in texts %}{{ ', ' if not loop.first }}{{ quoted(text) }}{% endfor -%}
{%- endmacro %}

{# A column's name as it is written in DDL and DML. #}
{% macro column_name(name) %}{{ adapter.quote(name) }}{% endmacro %}
