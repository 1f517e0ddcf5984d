{{ staged('event_counts', {
  'event_name': 'text',
  'date': 'date',
  'events': 'integer',
  'users': 'integer',
}) }}
