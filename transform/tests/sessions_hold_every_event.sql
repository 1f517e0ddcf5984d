-- Sessions that were not rebuilt after a late event would hold fewer events, or more, than there are.
select in_sessions.number_of_events as in_sessions, in_events.number_of_events as in_events
from (select coalesce(sum(events), 0) as number_of_events from {{ ref('sessions') }}) as in_sessions
cross join (
    select count(*) as number_of_events from {{ ref('events') }} where event_time is not null
) as in_events
where in_sessions.number_of_events <> in_events.number_of_events
