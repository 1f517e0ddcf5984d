{% set measures %}
    select 'Revenue' as subject, event_date, revenue as value from {{ ref('daily_activity') }}
{% endset %}
{{ weekday_falls('revenue_fall', measures) }}
