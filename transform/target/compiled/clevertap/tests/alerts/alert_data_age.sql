with loads as (
    select max(loaded_at) as loaded_at from "w"."analytics_staging"."stg_events"
    union all
    select max(checked_at) as loaded_at from "w"."analytics_staging"."stg_reconciliation"
    union all
    
    select cast(cast(

    (max(event_date) + cast(1 as bigint) * interval 1 day) as date) as timestamp) as loaded_at
    from "w"."analytics"."days"
),

newest as (
    select max(loaded_at) as loaded_at from loads
),

aged as (
    select loaded_at, cast(extract(epoch from (cast(now() at time zone 'UTC' as timestamp) - loaded_at)) as bigint) / 3600 as hours from newest
)

select
    'data_age' as rule,
    'Data' as subject,
    (select max(event_date) from "w"."analytics"."days" where is_closed) as event_date,
    'The data was last loaded ' || cast(cast(round(aged.hours) as bigint) as TEXT) || ' hours ago; its last whole day is ' || cast((select max(event_date) from "w"."analytics"."days" where is_closed) as TEXT) as message
from aged
cross join "w"."analytics_alerts"."alert_rules" as rules
where rules.rule = 'data_age' and aged.hours > rules.limit_value