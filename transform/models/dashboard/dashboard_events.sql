{# Events that CleverTap does not export are shown as it counts them. #}
select
    event_date,
    event_name,
    case when verdict = 'counted only' then coalesce(counted, 0) else events end as events
from {{ ref('daily_events') }}
where
    event_date <= {{ last_closed_day() }}
    and event_date > {{ days_after(last_closed_day(), -var('dashboard_days')) }}
