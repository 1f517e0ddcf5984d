with recent as (
    select * from {{ ref('sessions') }}
    where event_date > {{ days_after(last_closed_day(), -28) }} and event_date <= {{ last_closed_day() }}
)

select
    coalesce(utm_source, 'direct') as source,
    count(*) as sessions,
    count(distinct person_id) as people,
    count(distinct case when orders > 0 then person_id end) as buyers,
    sum(orders) as orders,
    sum(revenue) as revenue
from recent
group by coalesce(utm_source, 'direct')
