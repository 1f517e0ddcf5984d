select
    'missing_event' as rule,
    rules.subject,
    days.event_date,
    {{ dbt.concat(['rules.subject', "' did not occur on '", 'cast(days.event_date as ' ~ dbt.type_string() ~ ')']) }} as message
from {{ ref('alert_rules') }} as rules
cross join {{ ref('days') }} as days
left join {{ ref('daily_events') }} as daily_events
    on days.event_date = daily_events.event_date and rules.subject = daily_events.event_name
where
    rules.rule = 'missing_event'
    and days.event_date = {{ last_closed_day() }}
    and coalesce(daily_events.events, 0) <= rules.limit_value
