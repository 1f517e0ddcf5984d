{{ config(partition_by=by_day()) }}
{% set steps = var('funnel_steps') %}

{# An entry is a user's first event of the first step on a day. Each later step counts if it comes
   after the step before, and within the window from the entry on. #}
with step_1 as (
    select person_id, event_date, min(event_time) as entered_at, min(event_time) as reached_at
    from {{ ref('events') }}
    where event_name = {{ quoted(steps[0]) }} and event_time is not null
    group by person_id, event_date
),

{% for step in steps[1:] %}
step_{{ loop.index + 1 }} as (
    select
        step.person_id,
        step.event_date,
        step.entered_at,
        min(events.event_time) as reached_at
    from step_{{ loop.index }} as step
    inner join {{ ref('events') }} as events
        on step.person_id = events.person_id
        and events.event_name = {{ quoted(step) }}
        and events.event_time >= step.reached_at
        and {{ seconds_between('step.entered_at', 'events.event_time') }} <= {{ var('funnel_window_hours') * 3600 }}
    group by step.person_id, step.event_date, step.entered_at
),
{% endfor %}

platforms as (
    select person_id, event_date, max(platform) as platform
    from {{ ref('events') }}
    where event_name = {{ quoted(steps[0]) }}
    group by person_id, event_date
),

reached as (
    {% for step in steps %}
    select {{ loop.index }} as step_number, person_id, event_date from step_{{ loop.index }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

names as (
    {% for step in steps %}
    select {{ loop.index }} as step_number, {{ quoted(step) }} as step
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

entries as (
    select distinct event_date, coalesce(platform, 'unknown') as platform from platforms
),

counted as (
    select
        reached.step_number,
        reached.event_date,
        coalesce(platforms.platform, 'unknown') as platform,
        count(*) as people
    from reached
    inner join platforms
        on reached.person_id = platforms.person_id and reached.event_date = platforms.event_date
    group by reached.step_number, reached.event_date, coalesce(platforms.platform, 'unknown')
)

select
    entries.event_date,
    entries.platform,
    names.step_number,
    names.step,
    coalesce(counted.people, 0) as people
from entries
cross join names
left join counted
    on entries.event_date = counted.event_date
    and entries.platform = counted.platform
    and names.step_number = counted.step_number
