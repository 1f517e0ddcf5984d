{{ staged('category_groups', {
  'key': 'integer',
  'name': 'text',
  'description': 'text',
  'channels': 'json',
  'created_on': 'timestamp',
  'updated_on': 'timestamp',
  'extra': 'json',
}) }}
