{{ config(partition_by=by_day()) }}

select
    {{ dbt.concat(['events.event_id', "'-'", 'cast(item.position as ' ~ dbt.type_string() ~ ')']) }} as order_item_id,
    events.event_id,
    events.event_date,
    events.person_id,
    cast(item.position as {{ dbt.type_int() }}) as position,
    {{ item_value(var('item_product')) }} as product,
    {{ item_value(var('item_category')) }} as category,
    {{ to_number(item_value(var('item_quantity'))) }} as quantity,
    {{ to_number(item_value(var('item_price'))) }} as price,
    item.value as item
from {{ ref('events') }} as events
{{ each_object('events.items', 'item') }}
where events.revenue is not null
