-- The check of reports/arrival as a dbt test: what the latest run that wrote a stream, event and day
-- has sent, and that is not in the table.
with numbered as (
    select
        written.*,
        row_number() over (
            partition by stream, event_name, date order by run_started_at desc
        ) as recency
    from {{ ref('stg_written_rows') }} as written
),

arrived as (
    {{ arrived_rows() }}
),

compared as (
    select
        numbered.stream,
        numbered.event_name,
        numbered.date as event_date,
        numbered.row_count as written,
        coalesce(arrived.arrived, 0) as arrived
    from numbered
    left join arrived
        on numbered.stream = arrived.stream
        and coalesce(numbered.event_name, '') = coalesce(arrived.event_name, '')
        and coalesce(numbered.date, cast('1900-01-01' as date)) = coalesce(arrived.day, cast('1900-01-01' as date))
    where numbered.recency = 1
),

named as (
    select
        compared.*,
        {{ dbt.concat([
            'stream', "coalesce(" ~ dbt.concat(["' '", 'event_name']) ~ ", '')",
            "coalesce(" ~ dbt.concat(["' '", 'cast(event_date as ' ~ dbt.type_string() ~ ')']) ~ ", '')",
        ]) }} as subject
    from compared
)

select
    'arrival' as rule,
    named.subject,
    named.event_date,
    {{ dbt.concat([
        'named.subject', "': '", whole('named.written'), "' rows written, '", whole('named.arrived'), "' arrived'",
    ]) }} as message
from named
cross join {{ ref('alert_rules') }} as rules
where rules.rule = 'arrival' and named.written - named.arrived > rules.limit_value
