-- Of the people who viewed a product, how many were charged within seven days of it?
-- By where they came from when they first looked.
WITH first_view AS (
  SELECT coalesce(identity, object_id) AS person, min(event_time) AS viewed_at,
         arg_min(coalesce(session_props->>'utm_source', 'direct'), event_time) AS source
  FROM clevertap.events WHERE event_name = 'Product Viewed' GROUP BY person
),
charge AS (
  SELECT coalesce(identity, object_id) AS person, event_time AS charged_at, amount
  FROM clevertap.event_charged
)
SELECT v.source,
       count(DISTINCT v.person) AS viewers,
       count(DISTINCT c.person) AS buyers,
       round(100.0 * count(DISTINCT c.person) / count(DISTINCT v.person), 1) AS percent,
       CAST(sum(c.amount) AS BIGINT) AS revenue
FROM first_view v
LEFT JOIN charge c
  ON c.person = v.person AND c.charged_at BETWEEN v.viewed_at AND v.viewed_at + INTERVAL 7 DAY
GROUP BY v.source ORDER BY viewers DESC
