with loads as (
    select max(loaded_at) as loaded_at from {{ ref('stg_events') }}
    union all
    select max(checked_at) as loaded_at from {{ ref('stg_reconciliation') }}
    union all
    {# Where the loader adds no metadata and nothing is reconciled, the end of the newest day. #}
    select cast({{ days_after('max(event_date)', 1) }} as {{ dbt.type_timestamp() }}) as loaded_at
    from {{ ref('days') }}
),

newest as (
    select max(loaded_at) as loaded_at from loads
),

aged as (
    select loaded_at, {{ seconds_between('loaded_at', now_utc()) }} / 3600 as hours from newest
)

select
    'data_age' as rule,
    'Data' as subject,
    {{ last_closed_day() }} as event_date,
    {{ dbt.concat([
        "'The data was last loaded '", whole('aged.hours'), "' hours ago; its last whole day is '",
        'cast(' ~ last_closed_day() ~ ' as ' ~ dbt.type_string() ~ ')',
    ]) }} as message
from aged
cross join {{ ref('alert_rules') }} as rules
where rules.rule = 'data_age' and aged.hours > rules.limit_value
