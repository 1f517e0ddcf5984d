select
    {{ dbt.hash(dbt.concat(['profile_id', "'|'", 'cast(dbt_valid_from as ' ~ dbt.type_string() ~ ')'])) }} as profile_version_id,
    profile_id,
    identity,
    name,
    email,
    phone,
    profile_data,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current
from {{ ref('profiles_snapshot') }}
