{{ config(partition_by=by_day()) }}

{# Every day from the first to the last one that anything is known of, also those on which nothing
   happened: a comparison of days needs them. #}
with known as (
    select event_date from {{ ref('events') }}
    union distinct
    select date as event_date from {{ ref('stg_reconciliation') }}
    union distinct
    select date as event_date from {{ ref('stg_event_counts') }}
),

bounds as (
    select min(event_date) as first_date, max(event_date) as last_date from known
),

spine as (
    {# The bounds stand in sub-queries, as BigQuery takes no column of another table there. #}
    {{ days_between('(select first_date from bounds)', '(select last_date from bounds)') }}
),

{# A day that the tap has closed has been checked; where it checks nothing all days count. #}
closed as (
    select coalesce(
        (select max(date) from {{ ref('stg_reconciliation') }}),
        (select max(event_date) from {{ ref('events') }})
    ) as event_date
)

select spine.event_date, spine.event_date <= closed.event_date as is_closed
from spine
cross join closed
