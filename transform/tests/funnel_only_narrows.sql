-- Nobody reaches a step without the one before.
select later.event_date, later.platform, later.step
from {{ ref('funnel') }} as later
inner join {{ ref('funnel') }} as earlier
    on later.event_date = earlier.event_date
    and later.platform = earlier.platform
    and later.step_number = earlier.step_number + 1
where later.people > earlier.people
