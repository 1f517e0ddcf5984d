{# Sessions are rebuilt device by device: one that is keyed by its first event would stay when a
   late event comes before it. BigQuery has no delete+insert, so there the table is made anew. #}
{{ config(
    materialized='table' if target.type == 'bigquery' else 'incremental',
    incremental_strategy=none if target.type == 'bigquery' else 'delete+insert',
    unique_key='device_id',
    partition_by=by_day(),
    on_schema_change='fail',
) }}

with
{% if is_incremental() %}
newest as (
    select max(event_date) as event_date from {{ ref('events') }}
),

devices_now as (
    select
        device_id,
        max(person_id) as person_id,
        count(*) as number_of_events,
        max(event_date) as last_date
    from {{ ref('events') }}
    where event_time is not null
    group by device_id
),

devices_before as (
    select device_id, max(person_id) as person_id, sum(events) as number_of_events
    from {{ this }}
    group by device_id
),

rebuilt as (
    select devices_now.device_id
    from devices_now
    cross join newest
    left join devices_before on devices_now.device_id = devices_before.device_id
    where
        devices_before.device_id is null
        or devices_now.number_of_events <> devices_before.number_of_events
        or devices_now.person_id <> devices_before.person_id
        or devices_now.last_date > {{ days_after('newest.event_date', -var('lookback_days')) }}
),
{% endif %}

ordered as (
    select
        events.*,
        lag(event_time) over (partition by device_id order by event_time, event_id) as previous_time
    from {{ ref('events') }} as events
    where event_time is not null
    {% if is_incremental() %}
        and device_id in (select device_id from rebuilt)
    {% endif %}
),

marked as (
    select
        ordered.*,
        sum(
            case
                when previous_time is null then 1
                when {{ seconds_between('previous_time', 'event_time') }} > {{ var('session_gap_minutes') * 60 }} then 1
                else 0
            end
        ) over (
            partition by device_id order by event_time, event_id
            rows between unbounded preceding and current row
        ) as session_number
    from ordered
),

placed as (
    select
        marked.*,
        row_number() over (
            partition by device_id, session_number order by event_time, event_id
        ) as place,
        {# The first source that a session names is that of the session. #}
        row_number() over (
            partition by device_id, session_number
            order by case when utm_source is null then 1 else 0 end, event_time, event_id
        ) as source_place,
        row_number() over (
            partition by device_id, session_number
            order by case when message_id is null then 1 else 0 end, event_time, event_id
        ) as message_place
    from marked
)

select
    {{ dbt.hash(dbt.concat(['device_id', "'|'", 'cast(min(event_time) as ' ~ dbt.type_string() ~ ')'])) }} as session_id,
    device_id,
    max(person_id) as person_id,
    min(case when place = 1 then event_date end) as event_date,
    min(event_time) as started_at,
    max(event_time) as ended_at,
    {{ seconds_between('min(event_time)', 'max(event_time)') }} as duration_seconds,
    max(case when place = 1 then platform end) as platform,
    max(case when place = 1 then event_name end) as first_event,
    max(case when source_place = 1 then utm_source end) as utm_source,
    max(case when source_place = 1 then utm_medium end) as utm_medium,
    max(case when source_place = 1 then utm_campaign end) as utm_campaign,
    max(case when message_place = 1 then message_id end) as message_id,
    count(*) as events,
    count(revenue) as orders,
    coalesce(sum(revenue), 0) as revenue
from placed
group by device_id, session_number
