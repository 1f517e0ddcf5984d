{{ config(partition_by=by_day()) }}

with orders as (
    select event_id, event_date, event_time, person_id, revenue
    from {{ ref('events') }}
    where revenue is not null
),

touches as (
    select event_id, event_time, person_id, message_id, wzrk_id
    from {{ ref('events') }}
    where message_id is not null and revenue is null
),

ranked as (
    select
        orders.event_id,
        orders.event_date,
        orders.person_id,
        orders.revenue,
        touches.message_id,
        touches.wzrk_id,
        touches.event_time as touched_at,
        {{ seconds_between('touches.event_time', 'orders.event_time') }} as seconds_to_order,
        row_number() over (
            partition by orders.event_id order by touches.event_time desc, touches.event_id desc
        ) as place
    from orders
    inner join touches
        on orders.person_id = touches.person_id
        and touches.event_time <= orders.event_time
        and {{ seconds_between('touches.event_time', 'orders.event_time') }} <= {{ var('attribution_hours') * 3600 }}
)

select event_id, event_date, person_id, revenue, message_id, wzrk_id, touched_at, seconds_to_order
from ranked
where place = 1
