{{ staged('realtime_counts', {
  'as_of': 'timestamp',
  'count': 'integer',
  'user_type': 'json',
  'session_source': 'json',
  'browser': 'json',
  'os': 'json',
  'device': 'json',
  'new': 'json',
  'extra': 'json',
}) }}
