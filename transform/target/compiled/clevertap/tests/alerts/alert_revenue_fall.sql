

with measures as (
    
    select 'Revenue' as subject, event_date, revenue as value from "w"."analytics"."daily_activity"

),

compared as (
    select
        today.subject,
        today.event_date,
        max(today.value) as value,
        avg(cast(earlier.value as numeric(28,6))) as usual,
        count(*) as weeks
    from measures as today
    inner join measures as earlier
        on today.subject = earlier.subject
        and (
            earlier.event_date = cast(

    (today.event_date + cast(-7 as bigint) * interval 1 day) as date) or
            earlier.event_date = cast(

    (today.event_date + cast(-14 as bigint) * interval 1 day) as date) or
            earlier.event_date = cast(

    (today.event_date + cast(-21 as bigint) * interval 1 day) as date) or
            earlier.event_date = cast(

    (today.event_date + cast(-28 as bigint) * interval 1 day) as date)
        )
    where today.event_date = (select max(event_date) from "w"."analytics"."days" where is_closed)
    group by today.subject, today.event_date
)

select
    'revenue_fall' as rule,
    compared.subject,
    compared.event_date,
    compared.subject || ' on ' || cast(compared.event_date as TEXT) || ': ' || cast(cast(round(compared.value) as bigint) as TEXT) || ', ' || cast(cast(round(100 - 100 * compared.value / compared.usual) as bigint) as TEXT) || ' % below the mean of the same weekday in the ' || cast(cast(round(compared.weeks) as bigint) as TEXT) || ' weeks before (' || cast(cast(round(compared.usual) as bigint) as TEXT) || ')' as message
from compared
inner join "w"."analytics_alerts"."alert_rules" as rules
    on rules.rule = 'revenue_fall'
    and coalesce(rules.subject, compared.subject) = compared.subject
where
    compared.weeks >= 2
    and compared.usual > 0
    and compared.value < compared.usual * (100 - rules.limit_value) / 100
