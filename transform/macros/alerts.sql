{# Each alert is a query of what is wrong now: rule, subject, event_date and a message to send.
   The limits are in seeds/alert_rules.csv; a rule that is not in there is off. #}

{% macro last_closed_day() -%}
  (select max(event_date) from {{ ref('days') }} where is_closed)
{%- endmacro %}

{# Days whose measure lies too far below the mean of the same weekday. `measures` is a query of
   subject, event_date and value, with a row for every day, those of nothing included. #}
{% macro weekday_falls(rule, measures) %}
with measures as (
    {{ measures }}
),

compared as (
    select
        today.subject,
        today.event_date,
        max(today.value) as value,
        avg(cast(earlier.value as {{ dbt.type_numeric() }})) as usual,
        count(*) as weeks
    from measures as today
    inner join measures as earlier
        on today.subject = earlier.subject
        and (
            {%- for weeks in [1, 2, 3, 4] %}
            earlier.event_date = {{ days_after('today.event_date', -7 * weeks) }}{{ ' or' if not loop.last }}
            {%- endfor %}
        )
    where today.event_date = {{ last_closed_day() }}
    group by today.subject, today.event_date
)

select
    {{ quoted(rule) }} as rule,
    compared.subject,
    compared.event_date,
    {{ dbt.concat([
        'compared.subject',
        "' on '", 'cast(compared.event_date as ' ~ dbt.type_string() ~ ')',
        "': '", whole('compared.value'),
        "', '", whole('100 - 100 * compared.value / compared.usual'),
        "' % below the mean of the same weekday in the '", whole('compared.weeks'),
        "' weeks before ('", whole('compared.usual'), "')'",
    ]) }} as message
from compared
inner join {{ ref('alert_rules') }} as rules
    on rules.rule = {{ quoted(rule) }}
    and coalesce(rules.subject, compared.subject) = compared.subject
where
    compared.weeks >= 2
    and compared.usual > 0
    and compared.value < compared.usual * (100 - rules.limit_value) / 100
{% endmacro %}

{# A number as the text of its whole part. #}
{% macro whole(number) -%}
  cast(cast(round({{ number }}) as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
{%- endmacro %}

{# Rows in the tables beside those that the tap says it wrote: a query of stream, event_name, day and
   the number of rows. The streams are those of written_rows, typed ones of events too. #}
{% macro arrived_rows() -%}
  {%- set place = source('clevertap', 'written_rows') -%}
  {%- set streams = ['events'] -%}
  {%- if execute and load_relation(place) is not none -%}
    {%- set streams = run_query('select distinct stream from ' ~ ref('stg_written_rows') ~ ' order by stream').columns[0].values() -%}
  {%- endif -%}
  {%- set queries = [] -%}
  {%- for stream in streams -%}
    {%- set table = load_relation(api.Relation.create(database=place.database, schema=place.schema, identifier=stream)) if execute -%}
    {%- if table -%}{%- do queries.append(arrived_rows_of(stream, table)) -%}{%- endif -%}
  {%- endfor -%}
  {{ queries | join('\nunion all\n') or "select cast(null as " ~ dbt.type_string() ~ ") as stream, cast(null as " ~ dbt.type_string() ~ ") as event_name, cast(null as date) as day, 0 as arrived" }}
{%- endmacro %}

{% macro arrived_rows_of(stream, table) -%}
  {%- if stream == 'events' or (stream.startswith('event_') and stream not in ['event_counts', 'event_schema']) %}
    select {{ quoted(stream) }} as stream, event_name, cast(event_date as date) as day, count(distinct event_id) as arrived
    from {{ table }}
    group by event_name, cast(event_date as date)
  {%- else %}
    select {{ quoted(stream) }} as stream, cast(null as {{ dbt.type_string() }}) as event_name, cast(null as date) as day, count(*) as arrived
    from {{ table }}
  {%- endif %}
{%- endmacro %}
