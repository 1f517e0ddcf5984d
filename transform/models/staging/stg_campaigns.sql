{{ staged('campaigns', {
  'id': 'integer',
  'name': 'text',
  'scheduled_on': 'text',
  'status': 'text',
  'extra': 'json',
}) }}
