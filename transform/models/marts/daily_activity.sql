{{ config(partition_by=by_day()) }}

with active as (
    select distinct person_id, event_date
    from {{ ref('events') }}
    where event_name not in ({{ quoted_list(var('passive_events')) }})
),

first_days as (
    select person_id, min(event_date) as event_date from active group by person_id
),

newcomers as (
    select event_date, count(*) as new_people from first_days group by event_date
),

session_days as (
    select event_date, count(*) as sessions from {{ ref('sessions') }} group by event_date
),

orders as (
    select
        event_date,
        count(*) as orders,
        count(distinct person_id) as buyers,
        sum(revenue) as revenue
    from {{ ref('events') }}
    where revenue is not null
    group by event_date
),

windows as (
    select
        days.event_date,
        count(distinct case when active.event_date = days.event_date then active.person_id end) as active_people,
        count(
            distinct case
                when active.event_date > {{ days_after('days.event_date', -7) }} then active.person_id
            end
        ) as active_people_7_days,
        count(distinct active.person_id) as active_people_28_days
    from {{ ref('days') }} as days
    cross join active
    where
        active.event_date <= days.event_date
        and active.event_date > {{ days_after('days.event_date', -28) }}
    group by days.event_date
)

select
    days.event_date,
    days.is_closed,
    coalesce(windows.active_people, 0) as active_people,
    coalesce(windows.active_people_7_days, 0) as active_people_7_days,
    coalesce(windows.active_people_28_days, 0) as active_people_28_days,
    coalesce(newcomers.new_people, 0) as new_people,
    coalesce(session_days.sessions, 0) as sessions,
    coalesce(orders.orders, 0) as orders,
    coalesce(orders.buyers, 0) as buyers,
    coalesce(orders.revenue, 0) as revenue
from {{ ref('days') }} as days
left join windows on days.event_date = windows.event_date
left join newcomers on days.event_date = newcomers.event_date
left join session_days on days.event_date = session_days.event_date
left join orders on days.event_date = orders.event_date
