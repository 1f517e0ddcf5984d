-- By day, by source and by user the same money has come in.
with sums as (
    select 'events' as place, coalesce(sum(revenue), 0) as revenue from {{ ref('events') }}
    union all
    select 'daily_activity' as place, coalesce(sum(revenue), 0) as revenue from {{ ref('daily_activity') }}
    union all
    select 'revenue_daily' as place, coalesce(sum(revenue), 0) as revenue from {{ ref('revenue_daily') }}
    union all
    select 'people' as place, coalesce(sum(revenue), 0) as revenue from {{ ref('people') }}
)

select sums.place, sums.revenue
from sums
cross join (select revenue from sums where place = 'events') as truth
where sums.revenue <> truth.revenue
