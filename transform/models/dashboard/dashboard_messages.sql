select
    message_id,
    coalesce(message_name, {{ dbt.concat(["'Message '", 'cast(message_id as ' ~ dbt.type_string() ~ ')']) }}) as message_name,
    coalesce(channel, 'no report') as channel,
    start_day,
    coalesce(sent, 0) as sent,
    coalesce(viewed, 0) as viewed,
    coalesce(clicked, 0) as clicked,
    visits,
    orders,
    revenue
from {{ ref('message_performance') }}
where coalesce(start_day, {{ last_closed_day() }}) > {{ days_after(last_closed_day(), -var('dashboard_days')) }}
