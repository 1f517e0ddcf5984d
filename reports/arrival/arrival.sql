-- Rows that the latest run which wrote a stream, event and day has sent, and that are not there.
with numbered as (
    select
        stream,
        event_name,
        cast(date as {text}) as day,
        row_count,
        run_started_at,
        row_number() over (
            partition by stream, event_name, date order by run_started_at desc
        ) as recency
    from {written}
),
sent as (
    select stream, event_name, day, row_count, run_started_at from numbered where recency = 1
),
arrived as (
{arrived}
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
