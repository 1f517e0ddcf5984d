select event_date, revenue, orders, buyers, active_people, active_people_28_days, new_people, sessions
from {{ ref('daily_activity') }}
where is_closed and event_date > {{ days_after(last_closed_day(), -var('dashboard_days')) }}
