{{ config(partition_by=by_day()) }}

{# An order belongs to the source of the session it was made in. The session of an order is the
   last one that the device had begun by then. #}
with orders as (
    select event_id, event_date, event_time, device_id, person_id, platform, revenue
    from {{ ref('events') }}
    where revenue is not null
),

placed as (
    select
        orders.*,
        sessions.utm_source,
        sessions.utm_medium,
        sessions.utm_campaign
    from orders
    left join {{ ref('sessions') }} as sessions
        on orders.device_id = sessions.device_id
        and orders.event_time >= sessions.started_at
        and orders.event_time <= sessions.ended_at
),

summed as (
    select
        event_date,
        coalesce(utm_source, 'direct') as utm_source,
        coalesce(utm_medium, 'none') as utm_medium,
        coalesce(utm_campaign, 'none') as utm_campaign,
        count(*) as orders,
        count(distinct person_id) as buyers,
        sum(revenue) as revenue
    from placed
    group by
        event_date,
        coalesce(utm_source, 'direct'),
        coalesce(utm_medium, 'none'),
        coalesce(utm_campaign, 'none')
)

select
    days.event_date,
    coalesce(summed.utm_source, 'no orders') as utm_source,
    coalesce(summed.utm_medium, 'none') as utm_medium,
    coalesce(summed.utm_campaign, 'none') as utm_campaign,
    coalesce(summed.orders, 0) as orders,
    coalesce(summed.buyers, 0) as buyers,
    coalesce(summed.revenue, 0) as revenue
from {{ ref('days') }} as days
left join summed on days.event_date = summed.event_date
