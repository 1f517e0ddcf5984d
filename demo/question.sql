-- Of the people who viewed a product, how many were charged within seven days of it?
-- By where they came from when they first looked.
WITH person_events AS (
  SELECT coalesce(identity, object_id) AS person, event_name, event_time,
         coalesce(session_props->>'utm_source', 'direct') AS source,
         CAST(event_props->>'Amount' AS DOUBLE) AS amount
  FROM clevertap.events
),
first_view AS (
  SELECT person, min(event_time) AS viewed_at, arg_min(source, event_time) AS source
  FROM person_events WHERE event_name = 'Product Viewed' GROUP BY person
)
SELECT v.source,
       count(DISTINCT v.person) AS viewers,
       count(DISTINCT c.person) AS buyers,
       round(100.0 * count(DISTINCT c.person) / count(DISTINCT v.person), 1) AS percent,
       CAST(sum(c.amount) AS BIGINT) AS revenue
FROM first_view v
LEFT JOIN person_events c
  ON c.person = v.person AND c.event_name = 'Charged'
 AND c.event_time BETWEEN v.viewed_at AND v.viewed_at + INTERVAL 7 DAY
GROUP BY v.source ORDER BY viewers DESC
