{{ staged('user_properties', {
  'name': 'text',
  'type': 'text',
  'extra': 'json',
}) }}
