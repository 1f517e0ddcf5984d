{{ staged('content_blocks', {
  'id': 'integer',
  'name': 'text',
  'type': 'text',
  'content': 'text',
  'created_at': 'timestamp',
  'created_by': 'text',
  'updated_at': 'timestamp',
  'updated_by': 'text',
  'extra': 'json',
}) }}
