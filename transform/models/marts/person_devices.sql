{# Profiles come again and again under another profile_id as users log in or get another device;
   the older rows stay in the table, so the claim that was seen last counts. #}
with claims as (
    select
        device.value as device_id,
        profiles.identity,
        profiles.profile_id,
        profiles.last_seen as seen_at
    from {{ ref('stg_profiles') }} as profiles
    {{ each_text('profiles.object_ids', 'device') }}

    union all

    select
        coalesce(object_id, identity, 'unknown') as device_id,
        identity,
        cast(null as {{ dbt.type_string() }}) as profile_id,
        max(event_time) as seen_at
    from {{ ref('stg_events') }}
    group by object_id, identity
),

ranked as (
    select
        device_id,
        identity,
        coalesce(identity, profile_id, device_id) as person_id,
        row_number() over (
            partition by device_id
            order by
                case when identity is null then 1 else 0 end,
                case when profile_id is null then 1 else 0 end,
                case when seen_at is null then 1 else 0 end,
                seen_at desc,
                identity,
                profile_id
        ) as place
    from claims
)

select device_id, person_id, identity is not null as is_identified
from ranked
where place = 1
