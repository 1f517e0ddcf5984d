select
    {{ last_closed_day() }} as last_day,
    (select max(loaded_at) from {{ ref('stg_events') }}) as loaded_at,
    (select max(checked_at) from {{ ref('stg_reconciliation') }}) as checked_at,
    (select count(*) from {{ ref('events') }}) as events,
    (select count(*) from {{ ref('people') }}) as people,
    (
        select max({{ json_value('event_props', 'Currency') }}) from {{ ref('events') }}
        where revenue is not null
    ) as currency
