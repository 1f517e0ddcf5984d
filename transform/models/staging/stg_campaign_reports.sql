{{ staged('campaign_reports', {
  'id': 'integer',
  'sent': 'integer',
  'clicked': 'integer',
  'extra': 'json',
}) }}
