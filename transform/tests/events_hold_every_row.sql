-- A day that was not rebuilt after a backfill would lack rows.
select in_staging.number_of_rows as loaded, in_events.number_of_rows as in_events
from (
    select count(*) as number_of_rows from {{ ref('stg_events') }} where event_date is not null
) as in_staging
cross join (select count(*) as number_of_rows from {{ ref('events') }}) as in_events
where in_staging.number_of_rows <> in_events.number_of_rows
