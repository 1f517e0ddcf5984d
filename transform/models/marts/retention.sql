with weeks as (
    select distinct person_id, {{ monday('event_date') }} as week
    from {{ ref('events') }}
    where event_name not in ({{ quoted_list(var('passive_events')) }})
),

cohorts as (
    select person_id, min(week) as cohort_week from weeks group by person_id
),

sizes as (
    select cohort_week, count(*) as cohort_people from cohorts group by cohort_week
),

all_weeks as (
    select distinct {{ monday('event_date') }} as week from {{ ref('days') }}
),

last_day as (
    select max(event_date) as event_date from {{ ref('days') }}
),

active as (
    select cohorts.cohort_week, weeks.week, count(*) as people
    from cohorts
    inner join weeks on cohorts.person_id = weeks.person_id
    group by cohorts.cohort_week, weeks.week
)

select
    sizes.cohort_week,
    cast({{ dbt.datediff('sizes.cohort_week', 'all_weeks.week', 'day') }} / 7 as {{ dbt.type_int() }}) as weeks_later,
    sizes.cohort_people,
    coalesce(active.people, 0) as people,
    cast(coalesce(active.people, 0) as {{ dbt.type_numeric() }}) / sizes.cohort_people as share,
    {{ days_after('all_weeks.week', 6) }} <= last_day.event_date as is_complete
from sizes
inner join all_weeks on sizes.cohort_week <= all_weeks.week
cross join last_day
left join active on sizes.cohort_week = active.cohort_week and all_weeks.week = active.week
