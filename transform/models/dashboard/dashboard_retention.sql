select cohort_week, weeks_later, cohort_people, people, share
from {{ ref('retention') }}
where is_complete and cohort_week > {{ days_after(last_closed_day(), -7 * 13) }}
