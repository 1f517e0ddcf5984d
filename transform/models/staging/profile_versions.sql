{# What the snapshot compares: a text, because not every warehouse compares JSON. #}
select
    profile_id,
    identity,
    name,
    email,
    phone,
    profile_data,
    {{ json_text('profile_data') }} as profile_text
from {{ ref('stg_profiles') }}
