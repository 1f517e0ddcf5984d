{# Days, weeks and instants. #}

{# A query of every day from one to another, both included, in the column `event_date`. #}
{% macro days_between(first, last) %}{{ adapter.dispatch('days_between')(first, last) }}{% endmacro %}

{% macro default__days_between(first, last) -%}
  select cast(day as date) as event_date
  from generate_series(
    cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1 day'
  ) as days(day)
{%- endmacro %}

{% macro duckdb__days_between(first, last) -%}
  select cast(unnest(generate_series(
    cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval 1 day
  )) as date) as event_date
{%- endmacro %}

{% macro bigquery__days_between(first, last) -%}
  select event_date from unnest(generate_date_array({{ first }}, {{ last }})) as event_date
{%- endmacro %}

{% macro snowflake__days_between(first, last) -%}
  select dateadd(day, value, {{ first }}) as event_date
  from table(flatten(array_generate_range(0, datediff(day, {{ first }}, {{ last }}) + 1)))
{%- endmacro %}

{# The Monday of a day's week. #}
{% macro monday(day) %}{{ adapter.dispatch('monday')(day) }}{% endmacro %}
{% macro default__monday(day) %}cast(date_trunc('week', {{ day }}) as date){% endmacro %}
{% macro bigquery__monday(day) -%}
  date_sub({{ day }}, interval mod(extract(dayofweek from {{ day }}) + 5, 7) day)
{%- endmacro %}
{% macro snowflake__monday(day) -%}
  dateadd(day, 1 - dayofweekiso({{ day }}), {{ day }})
{%- endmacro %}

{# A day some days after another. #}
{% macro days_after(day, number) %}cast({{ dbt.dateadd('day', number, day) }} as date){% endmacro %}

{# Seconds from one instant to another. #}
{% macro seconds_between(earlier, later) %}{{ adapter.dispatch('seconds_between')(earlier, later) }}{% endmacro %}
{% macro default__seconds_between(earlier, later) -%}
  cast(extract(epoch from ({{ later }} - {{ earlier }})) as {{ dbt.type_bigint() }})
{%- endmacro %}
{% macro bigquery__seconds_between(earlier, later) %}timestamp_diff({{ later }}, {{ earlier }}, second){% endmacro %}
{% macro snowflake__seconds_between(earlier, later) %}datediff(second, {{ earlier }}, {{ later }}){% endmacro %}

{# The instant as it is now, in UTC, without a zone. #}
{% macro now_utc() %}{{ adapter.dispatch('clock')() }}{% endmacro %}
{% macro default__clock() %}cast(now() at time zone 'UTC' as timestamp){% endmacro %}
{% macro bigquery__clock() %}current_timestamp(){% endmacro %}
{% macro snowflake__clock() %}cast(sysdate() as timestamp_ntz){% endmacro %}
