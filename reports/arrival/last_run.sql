-- The last run: how many entries it wrote into written_rows, and how many of them are there.
select run_started_at, max(entries) as entries, count(distinct entry_id) as arrived
from {written}
group by run_started_at
order by run_started_at desc
limit 1
