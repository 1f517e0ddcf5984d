{% set measures %}
    select daily_events.event_name as subject, daily_events.event_date, daily_events.events as value
    from {{ ref('daily_events') }} as daily_events
    inner join {{ ref('alert_rules') }} as chosen
        on chosen.rule = 'event_fall' and chosen.subject = daily_events.event_name
{% endset %}
{{ weekday_falls('event_fall', measures) }}
