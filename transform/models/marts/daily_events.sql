{{ config(partition_by=by_day()) }}

with arrived as (
    select
        event_name,
        event_date,
        count(*) as events,
        count(distinct person_id) as people
    from {{ ref('events') }}
    group by event_name, event_date
),

{# A day that was checked again has a row for each check where the loader appends. #}
checks as (
    select
        reconciliation.*,
        row_number() over (partition by event_name, date order by checked_at desc) as place
    from {{ ref('stg_reconciliation') }} as reconciliation
),

counts as (
    select event_name, date as event_date, max(events) as counted, max(users) as counted_users
    from {{ ref('stg_event_counts') }}
    group by event_name, date
),

names as (
    select event_name, max(is_exported) as is_exported
    from (
        select event_name, 1 as is_exported from arrived
        union all
        select event_name, 1 as is_exported from {{ ref('stg_reconciliation') }}
        union all
        select event_name, 0 as is_exported from counts
    ) as everywhere
    group by event_name
)

select
    days.event_date,
    names.event_name,
    coalesce(arrived.events, 0) as events,
    coalesce(arrived.people, 0) as people,
    counts.counted,
    counts.counted_users,
    checks.extracted,
    checks.reported,
    checks.difference,
    case
        when checks.verdict is not null then checks.verdict
        when names.is_exported = 0 then 'counted only'
        when arrived.events is null and coalesce(counts.counted, 0) = 0 then 'no events'
        else 'not checked'
    end as verdict,
    checks.checked_at
from {{ ref('days') }} as days
cross join names
left join arrived
    on days.event_date = arrived.event_date and names.event_name = arrived.event_name
left join checks
    on days.event_date = checks.date and names.event_name = checks.event_name and checks.place = 1
left join counts
    on days.event_date = counts.event_date and names.event_name = counts.event_name
