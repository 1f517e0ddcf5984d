select
    'reconciliation' as rule,
    {{ dbt.concat(['daily_events.event_name', "' '", 'cast(daily_events.event_date as ' ~ dbt.type_string() ~ ')']) }} as subject,
    daily_events.event_date,
    {{ dbt.concat([
        'daily_events.event_name',
        "' on '", 'cast(daily_events.event_date as ' ~ dbt.type_string() ~ ')',
        "': reconciliation is '", 'daily_events.verdict',
        "': '", 'coalesce(cast(daily_events.extracted as ' ~ dbt.type_string() ~ "), 'no')",
        "' rows extracted, CleverTap counts '", 'coalesce(cast(daily_events.reported as ' ~ dbt.type_string() ~ "), 'none')",
    ]) }} as message
from {{ ref('daily_events') }} as daily_events
cross join {{ ref('alert_rules') }} as rules
where
    rules.rule = 'reconciliation'
    and daily_events.verdict in ('missing', 'surplus', 'undecided', 'not checked')
    and daily_events.event_date <= {{ last_closed_day() }}
    and daily_events.event_date > {{ last_closed_day() }} - cast(rules.limit_value as {{ dbt.type_int() }})
