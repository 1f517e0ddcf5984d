{# The last closed day beside the mean of the same weekday in the four weeks before. #}
{% set measures = {
    'revenue': 'Revenue', 'orders': 'Orders', 'buyers': 'Buyers',
    'active_people': 'Active users', 'sessions': 'Sessions',
} %}
with activity as (
    select * from {{ ref('daily_activity') }} where is_closed
),

earlier as (
    select *
    from activity
    where
        {%- for weeks in [1, 2, 3, 4] %}
        event_date = {{ days_after(last_closed_day(), -7 * weeks) }}{{ ' or' if not loop.last }}
        {%- endfor %}
)

{% for column, title in measures.items() %}
select
    {{ loop.index }} as place,
    {{ quoted(title) }} as title,
    today.event_date,
    today.{{ column }} as value,
    (select avg(cast({{ column }} as {{ dbt.type_numeric() }})) from earlier) as usual,
    (select count(*) from earlier) as weeks
from activity as today
where today.event_date = {{ last_closed_day() }}
{{ 'union all' if not loop.last }}
{% endfor %}
