with arrived as (
    select
        event_name,
        cast(sum(events) as {{ dbt.type_bigint() }}) as events,
        min(case when events > 0 or counted > 0 then event_date end) as first_date,
        max(case when events > 0 or counted > 0 then event_date end) as last_date,
        cast(sum(coalesce(counted, 0)) as {{ dbt.type_bigint() }}) as counted,
        max(case when verdict in ('counted only') then 0 else 1 end) as is_exported
    from {{ ref('daily_events') }}
    group by event_name
),

people as (
    select event_name, count(distinct person_id) as people from {{ ref('events') }} group by event_name
),

properties as (
    select event_name, count(distinct property) as properties
    from {{ ref('event_properties') }}
    group by event_name
),

names as (
    select name as event_name from {{ ref('stg_event_schema') }}
    union distinct
    select event_name from arrived
)

select
    names.event_name,
    event_schema.type,
    event_schema.status,
    coalesce(arrived.is_exported, 1) = 1 as is_exported,
    coalesce(arrived.events, 0) as events,
    coalesce(people.people, 0) as people,
    coalesce(arrived.counted, 0) as counted,
    arrived.first_date,
    arrived.last_date,
    coalesce(properties.properties, 0) as properties
from names
left join {{ ref('stg_event_schema') }} as event_schema on names.event_name = event_schema.name
left join arrived on names.event_name = arrived.event_name
left join people on names.event_name = people.event_name
left join properties on names.event_name = properties.event_name
