{{ config(
    materialized='incremental',
    incremental_strategy=replace_days(),
    unique_key='event_date',
    partition_by=by_day(),
    on_schema_change='fail',
) }}

with loaded as (
    select * from {{ ref('stg_events') }} where event_date is not null
),

{% if is_incremental() %}
{# A day is rebuilt whole: the newest ones, those with another number of rows than before (late
   events, backfills), and those of devices that belong to another user than before. #}
before as (
    select event_date, count(*) as number_of_rows from {{ this }} group by event_date
),

now_loaded as (
    select event_date, count(*) as number_of_rows from loaded group by event_date
),

newest as (
    select max(event_date) as event_date from now_loaded
),

rebuilt_days as (
    select now_loaded.event_date
    from now_loaded
    cross join newest
    left join before on now_loaded.event_date = before.event_date
    where
        before.number_of_rows is null
        or now_loaded.number_of_rows <> before.number_of_rows
        or now_loaded.event_date > {{ days_after('newest.event_date', -var('lookback_days')) }}

    union distinct

    select known.event_date
    from {{ this }} as known
    inner join {{ ref('person_devices') }} as devices on known.device_id = devices.device_id
    where known.person_id <> devices.person_id
),
{% endif %}

shaped as (
    select
        event_id,
        event_name,
        event_time,
        event_date,
        cast(mod(cast(floor(ts / 10000) as {{ dbt.type_bigint() }}), 100) as {{ dbt.type_int() }}) as local_hour,
        coalesce(object_id, identity, 'unknown') as device_id,
        platform,
        app_version,
        os_version,
        make,
        model,
        nullif({{ json_value('session_props', 'utm_source') }}, '') as utm_source,
        nullif({{ json_value('session_props', 'utm_medium') }}, '') as utm_medium,
        nullif({{ json_value('session_props', 'utm_campaign') }}, '') as utm_campaign,
        {{ json_value('event_props', 'wzrk_id') }} as wzrk_id,
        case
            when event_name = {{ quoted(var('purchase_event')) }}
                then coalesce({{ to_number(json_value('event_props', var('amount_property'))) }}, 0)
        end as revenue,
        event_props,
        session_props,
        items
    from loaded
    {% if is_incremental() %}
    where event_date in (select event_date from rebuilt_days)
    {% endif %}
)

select
    shaped.event_id,
    shaped.event_name,
    shaped.event_time,
    shaped.event_date,
    shaped.local_hour,
    devices.person_id,
    shaped.device_id,
    shaped.platform,
    shaped.app_version,
    shaped.os_version,
    shaped.make,
    shaped.model,
    shaped.utm_source,
    shaped.utm_medium,
    shaped.utm_campaign,
    shaped.wzrk_id,
    cast({{ to_number(dbt.split_part('shaped.wzrk_id', "'_'", 1)) }} as {{ dbt.type_bigint() }}) as message_id,
    shaped.revenue,
    shaped.event_props,
    shaped.session_props,
    shaped.items
from shaped
inner join {{ ref('person_devices') }} as devices on shaped.device_id = devices.device_id
