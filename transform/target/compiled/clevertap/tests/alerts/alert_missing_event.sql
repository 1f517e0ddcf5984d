select
    'missing_event' as rule,
    rules.subject,
    days.event_date,
    rules.subject || ' did not occur on ' || cast(days.event_date as TEXT) as message
from "w"."analytics_alerts"."alert_rules" as rules
cross join "w"."analytics"."days" as days
left join "w"."analytics"."daily_events" as daily_events
    on days.event_date = daily_events.event_date and rules.subject = daily_events.event_name
where
    rules.rule = 'missing_event'
    and days.event_date = (select max(event_date) from "w"."analytics"."days" where is_closed)
    and coalesce(daily_events.events, 0) <= rules.limit_value