{{ staged('written_rows', {
  'entry_id': 'text',
  'run_started_at': 'timestamp',
  'stream': 'text',
  'event_name': 'text',
  'date': 'date',
  'row_count': 'integer',
  'entries': 'integer',
}) }}
