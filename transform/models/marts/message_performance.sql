with reports as (
    select
        message_id,
        max(message_name) as message_name,
        max(channel) as channel,
        max(delivery) as delivery,
        max(status) as status,
        min(start_day) as start_day,
        cast(sum(coalesce(sent, 0)) as {{ dbt.type_bigint() }}) as sent,
        cast(sum(coalesce(viewed, 0)) as {{ dbt.type_bigint() }}) as viewed,
        cast(sum(coalesce(clicked, 0)) as {{ dbt.type_bigint() }}) as clicked
    from {{ ref('stg_message_reports') }}
    where message_id is not null
    group by message_id
),

visits as (
    select
        message_id,
        count(*) as visits,
        count(distinct person_id) as visitors,
        {# For messages from before the reports begin. #}
        max({{ json_value('event_props', 'Campaign name') }}) as message_name
    from {{ ref('events') }}
    where message_id is not null and revenue is null
    group by message_id
),

attributed as (
    select
        message_id,
        count(*) as orders,
        count(distinct person_id) as buyers,
        sum(revenue) as revenue
    from {{ ref('message_attribution') }}
    group by message_id
),

ids as (
    select message_id from reports
    union distinct
    select message_id from visits
)

select
    ids.message_id,
    coalesce(reports.message_name, visits.message_name) as message_name,
    reports.channel,
    reports.delivery,
    reports.status,
    reports.start_day,
    reports.sent,
    reports.viewed,
    reports.clicked,
    coalesce(visits.visits, 0) as visits,
    coalesce(visits.visitors, 0) as visitors,
    coalesce(attributed.orders, 0) as orders,
    coalesce(attributed.buyers, 0) as buyers,
    coalesce(attributed.revenue, 0) as revenue
from ids
left join reports on ids.message_id = reports.message_id
left join visits on ids.message_id = visits.message_id
left join attributed on ids.message_id = attributed.message_id
