with devices as (
    select person_id, count(*) as devices, max(case when is_identified then 1 else 0 end) as identified
    from {{ ref('person_devices') }}
    group by person_id
),

activity as (
    select
        person_id,
        count(*) as events,
        count(distinct event_date) as active_days,
        min(event_time) as first_event_at,
        max(event_time) as last_event_at,
        count(revenue) as orders,
        coalesce(sum(revenue), 0) as revenue,
        min(case when revenue is not null then event_date end) as first_order_date,
        max(case when revenue is not null then event_date end) as last_order_date
    from {{ ref('events') }}
    group by person_id
)

select
    devices.person_id,
    profiles.identity,
    devices.identified = 1 as is_identified,
    profiles.name,
    profiles.email,
    profiles.phone,
    devices.devices,
    profiles.first_seen,
    profiles.last_seen,
    coalesce(activity.events, 0) as events,
    coalesce(activity.active_days, 0) as active_days,
    activity.first_event_at,
    activity.last_event_at,
    coalesce(activity.orders, 0) as orders,
    coalesce(activity.revenue, 0) as revenue,
    activity.first_order_date,
    activity.last_order_date,
    profiles.profile_data
from devices
left join {{ ref('stg_profiles') }} as profiles on devices.person_id = profiles.profile_id
left join activity on devices.person_id = activity.person_id
