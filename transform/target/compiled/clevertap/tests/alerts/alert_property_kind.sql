with kinds as (
    select * from "w"."analytics"."event_properties" where kind <> 'null'
),

newcomers as (
    select
        kinds.event_name,
        kinds.property,
        kinds.kind,
        kinds.events,
        kinds.first_date,
        min(earlier.kind) as earlier_kind
    from kinds
    inner join kinds as earlier
        on kinds.event_name = earlier.event_name
        and kinds.property = earlier.property
        and kinds.kind <> earlier.kind
        and earlier.first_date < kinds.first_date
    where kinds.first_date >= (select max(event_date) from "w"."analytics"."days" where is_closed)
    group by kinds.event_name, kinds.property, kinds.kind, kinds.events, kinds.first_date
)

select
    'property_kind' as rule,
    newcomers.event_name || '.' || newcomers.property || ' ' || newcomers.kind as subject,
    newcomers.first_date as event_date,
    'Property ' || newcomers.property || ' of ' || newcomers.event_name || ' has become ' || newcomers.kind || ' on ' || cast(cast(round(newcomers.events) as bigint) as TEXT) || ' events; before it was ' || newcomers.earlier_kind as message
from newcomers
cross join "w"."analytics_alerts"."alert_rules" as rules
where rules.rule = 'property_kind' and newcomers.events >= rules.limit_value