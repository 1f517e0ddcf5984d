with last_day as (
    select max(event_date) as event_date from {{ ref('events') }}
),

recent as (
    select events.event_name, events.event_date, events.event_props
    from {{ ref('events') }} as events
    cross join last_day
    where events.event_date > {{ days_after('last_day.event_date', -var('property_days')) }}
)

select
    recent.event_name,
    property.key as property,
    property.kind as kind,
    count(*) as events,
    min(recent.event_date) as first_date,
    max(recent.event_date) as last_date
from recent
{{ each_key('recent.event_props', 'property') }}
group by recent.event_name, property.key, property.kind
