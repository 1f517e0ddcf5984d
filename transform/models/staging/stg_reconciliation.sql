{{ staged('reconciliation', {
  'event_name': 'text',
  'date': 'date',
  'extracted': 'integer',
  'reported': 'integer',
  'difference': 'integer',
  'verdict': 'text',
  'checked_at': 'timestamp',
}) }}
