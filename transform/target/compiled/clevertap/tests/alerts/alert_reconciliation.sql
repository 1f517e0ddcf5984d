select
    'reconciliation' as rule,
    daily_events.event_name || ' ' || cast(daily_events.event_date as TEXT) as subject,
    daily_events.event_date,
    daily_events.event_name || ' on ' || cast(daily_events.event_date as TEXT) || ': reconciliation is ' || daily_events.verdict || ': ' || coalesce(cast(daily_events.extracted as TEXT), 'no') || ' rows extracted, CleverTap counts ' || coalesce(cast(daily_events.reported as TEXT), 'none') as message
from "w"."analytics"."daily_events" as daily_events
cross join "w"."analytics_alerts"."alert_rules" as rules
where
    rules.rule = 'reconciliation'
    and daily_events.verdict in ('missing', 'surplus', 'undecided', 'not checked')
    and daily_events.event_date <= (select max(event_date) from "w"."analytics"."days" where is_closed)
    and daily_events.event_date > (select max(event_date) from "w"."analytics"."days" where is_closed) - cast(rules.limit_value as integer)