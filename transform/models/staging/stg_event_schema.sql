{{ staged('event_schema', {
  'name': 'text',
  'type': 'text',
  'status': 'text',
  'event_count': 'integer',
  'properties': 'json',
  'extra': 'json',
}) }}
