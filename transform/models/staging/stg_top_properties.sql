{{ staged('top_properties', {
  'query': 'text',
  'period_start': 'date',
  'period_end': 'date',
  'period': 'text',
  'event_name': 'text',
  'property_type': 'text',
  'property': 'text',
  'value_type': 'text',
  'value': 'text',
  'count': 'integer',
  'counted_at': 'timestamp',
}) }}
