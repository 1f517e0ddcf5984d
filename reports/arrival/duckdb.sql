-- Made by `make docs` from arrival.sql; add a typed stream like `events`.
-- Rows that the latest run which wrote a stream, event and day has sent, and that are not there.
with numbered as (
    select
        stream,
        event_name,
        cast(date as varchar) as day,
        row_count,
        run_started_at,
        row_number() over (
            partition by stream, event_name, date order by run_started_at desc
        ) as recency
    from "clevertap"."written_rows"
),
sent as (
    select stream, event_name, day, row_count, run_started_at from numbered where recency = 1
),
arrived as (
    select
        'events' as stream,
        event_name,
        cast(event_date as varchar) as day,
        count(distinct event_id) as arrived
    from "clevertap"."events"
    group by event_name, event_date
    union all
    select
        'profiles' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."profiles"
    union all
    select
        'event_counts' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."event_counts"
    union all
    select
        'count_queries' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."count_queries"
    union all
    select
        'top_properties' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."top_properties"
    union all
    select
        'realtime_counts' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."realtime_counts"
    union all
    select
        'campaigns' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."campaigns"
    union all
    select
        'campaign_reports' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."campaign_reports"
    union all
    select
        'message_reports' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."message_reports"
    union all
    select
        'event_schema' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."event_schema"
    union all
    select
        'user_properties' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."user_properties"
    union all
    select
        'content_blocks' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."content_blocks"
    union all
    select
        'category_groups' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."category_groups"
    union all
    select
        'exported_events' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."exported_events"
    union all
    select
        'exported_profiles' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."exported_profiles"
    union all
    select
        'webhooks' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."webhooks"
    union all
    select
        'reconciliation' as stream,
        cast(null as varchar) as event_name,
        cast(null as varchar) as day,
        count(*) as arrived
    from "clevertap"."reconciliation"
)
select
    sent.stream,
    sent.event_name,
    sent.day,
    sent.row_count as written,
    coalesce(arrived.arrived, 0) as arrived,
    sent.run_started_at
from sent
left join arrived
    on sent.stream = arrived.stream
    and coalesce(sent.event_name, '') = coalesce(arrived.event_name, '')
    and coalesce(sent.day, '') = coalesce(arrived.day, '')
where coalesce(arrived.arrived, 0) < sent.row_count
order by sent.stream, sent.event_name, sent.day
