with funnel as (
    select * from {{ ref('funnel') }}
    where event_date > {{ days_after(last_closed_day(), -28) }} and event_date <= {{ last_closed_day() }}
)

select 'Last 28 days' as period, platform, step_number, step, sum(people) as people
from funnel
group by platform, step_number, step

union all

select 'Last day' as period, platform, step_number, step, sum(people) as people
from funnel
where event_date = {{ last_closed_day() }}
group by platform, step_number, step
