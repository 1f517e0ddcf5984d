{{ staged('count_queries', {
  'query': 'text',
  'period_start': 'date',
  'period_end': 'date',
  'period': 'text',
  'event_name': 'text',
  'kind': 'text',
  'count': 'integer',
}) }}
