{# JSON, which every warehouse reads in a way of its own. #}

{# A column as JSON, whether the loader has made it an object, a text, or a list of JSON. #}
{% macro to_json(column) %}{{ adapter.dispatch('to_json')(column) }}{% endmacro %}

{% macro default__to_json(column) %}nullif(cast({{ column }} as json), cast('null' as json)){% endmacro %}

{% macro postgres__to_json(column) -%}
  nullif(
    case jsonb_typeof(to_jsonb({{ column }}))
      when 'string' then cast(to_jsonb({{ column }}) #>> '{}' as jsonb)
      else to_jsonb({{ column }})
    end, cast('null' as jsonb)
  )
{%- endmacro %}

{% macro bigquery__to_json(column) -%}
  case json_type(to_json({{ column }}))
    when 'string' then safe.parse_json(json_value(to_json({{ column }})), wide_number_mode => 'round')
    when 'null' then null
    else to_json({{ column }})
  end
{%- endmacro %}

{% macro snowflake__to_json(column) %}try_parse_json(cast({{ column }} as varchar)){% endmacro %}

{# JSON as text, so that it can be compared. #}
{% macro json_text(json) %}{{ adapter.dispatch('json_text')(json) }}{% endmacro %}
{% macro default__json_text(json) %}cast({{ json }} as {{ dbt.type_string() }}){% endmacro %}
{% macro bigquery__json_text(json) %}to_json_string({{ json }}){% endmacro %}
{% macro snowflake__json_text(json) %}to_json({{ json }}){% endmacro %}

{# The value of a key as text. The key is a name and never a path: `$a` and `a.b` are keys. #}
{% macro json_value(json, key) %}{{ adapter.dispatch('json_value')(json, key) }}{% endmacro %}

{% macro default__json_value(json, key) -%}
  ({{ json }} ->> {{ quoted('$."' ~ key | replace('"', '\\"') ~ '"') }})
{%- endmacro %}

{% macro postgres__json_value(json, key) %}({{ json }} ->> {{ quoted(key) }}){% endmacro %}

{% macro bigquery__json_value(json, key) %}json_value({{ json }}, {{ quoted('$."' ~ key ~ '"') }}){% endmacro %}

{% macro snowflake__json_value(json, key) %}cast(get({{ json }}, {{ quoted(key) }}) as varchar){% endmacro %}

{# What stands after FROM: a row for each text of a JSON list, in the column `value` of `alias`. #}
{% macro each_text(json, alias) %}{{ adapter.dispatch('each_text')(json, alias) }}{% endmacro %}

{% macro default__each_text(json, alias) -%}
  cross join lateral (select unnest(json_extract_string({{ json }}, '$[*]')) as value) as {{ alias }}
{%- endmacro %}

{% macro postgres__each_text(json, alias) -%}
  cross join lateral jsonb_array_elements_text(
    case jsonb_typeof({{ json }}) when 'array' then {{ json }} else '[]' end
  ) as {{ alias }}(value)
{%- endmacro %}

{% macro bigquery__each_text(json, alias) -%}
  cross join unnest(json_value_array({{ json }})) as {{ alias }}_value
  cross join unnest([struct({{ alias }}_value as value)]) as {{ alias }}
{%- endmacro %}

{% macro snowflake__each_text(json, alias) -%}
  cross join lateral (
    select cast(f.value as varchar) as value from table(flatten(input => {{ json }})) as f
  ) as {{ alias }}
{%- endmacro %}

{# A row for each object of a JSON list: `value`, and `position` from 0 on. #}
{% macro each_object(json, alias) %}{{ adapter.dispatch('each_object')(json, alias) }}{% endmacro %}

{% macro default__each_object(json, alias) -%}
  cross join lateral (
    select
      unnest(json_extract({{ json }}, '$[*]')) as value,
      unnest(range(cast(json_array_length({{ json }}) as bigint))) as position
  ) as {{ alias }}
{%- endmacro %}

{% macro postgres__each_object(json, alias) -%}
  cross join lateral (
    select element as value, number - 1 as position
    from jsonb_array_elements(
      case jsonb_typeof({{ json }}) when 'array' then {{ json }} else '[]' end
    ) with ordinality as elements(element, number)
  ) as {{ alias }}
{%- endmacro %}

{% macro bigquery__each_object(json, alias) -%}
  cross join unnest(json_query_array({{ json }})) as {{ alias }}_value with offset as {{ alias }}_place
  cross join unnest([struct({{ alias }}_value as value, {{ alias }}_place as position)]) as {{ alias }}
{%- endmacro %}

{% macro snowflake__each_object(json, alias) -%}
  cross join lateral (
    select f.value as value, f.index as position from table(flatten(input => {{ json }})) as f
  ) as {{ alias }}
{%- endmacro %}

{# A row for each key of a JSON object: `key`, and `kind`: text, number, boolean, list, object or null. #}
{% macro each_key(json, alias) %}{{ adapter.dispatch('each_key')(json, alias) }}{% endmacro %}

{% macro default__each_key(json, alias) -%}
  cross join lateral (
    select key, case
      when kind = 'VARCHAR' then 'text'
      when kind in ('BIGINT', 'UBIGINT', 'DOUBLE', 'HUGEINT', 'UHUGEINT') then 'number'
      when kind = 'ARRAY' then 'list'
      else lower(kind)
    end as kind
    from (
      select
        unnest(map_keys(cast({{ json }} as map(varchar, json)))) as key,
        json_type(unnest(map_values(cast({{ json }} as map(varchar, json))))) as kind
    ) as keys
  ) as {{ alias }}
{%- endmacro %}

{% macro postgres__each_key(json, alias) -%}
  cross join lateral (
    select key, case jsonb_typeof(value)
      when 'string' then 'text' when 'array' then 'list' else jsonb_typeof(value)
    end as kind
    from jsonb_each(case jsonb_typeof({{ json }}) when 'object' then {{ json }} else '{}' end)
  ) as {{ alias }}
{%- endmacro %}

{% macro bigquery__each_key(json, alias) -%}
  cross join unnest(
    array(
      select as struct key, case json_type({{ json }}[key])
        when 'string' then 'text' when 'array' then 'list' else json_type({{ json }}[key])
      end as kind
      from unnest(json_keys({{ json }}, 1)) as key
    )
  ) as {{ alias }}
{%- endmacro %}

{% macro snowflake__each_key(json, alias) -%}
  cross join lateral (
    select f.key as key, case typeof(f.value)
      when 'VARCHAR' then 'text' when 'ARRAY' then 'list'
      when 'INTEGER' then 'number' when 'DECIMAL' then 'number' when 'DOUBLE' then 'number'
      when 'NULL_VALUE' then 'null'
      else lower(typeof(f.value))
    end as kind
    from table(flatten(input => {{ json }})) as f
  ) as {{ alias }}
{%- endmacro %}

{# A value of an item. Some accounts send items on the record, under keys such as `Items|product`. #}
{% macro item_value(key) -%}
  coalesce({{ json_value('item.value', key) }}, {{ json_value('item.value', 'Items|' ~ key) }})
{%- endmacro %}
