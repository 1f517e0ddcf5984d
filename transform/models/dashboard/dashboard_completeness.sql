select event_date, verdict, count(*) as events, sum(coalesce(difference, 0)) as difference
from {{ ref('daily_events') }}
where
    verdict not in ('no events', 'counted only')
    and event_date <= {{ last_closed_day() }}
    and event_date > {{ days_after(last_closed_day(), -var('dashboard_days')) }}
group by event_date, verdict
