{# Values of a list and nothing else. dbt's own accepted_values lets NULL pass. #}
{% test one_of(model, column_name, values) %}
select {{ column_name }}, count(*) as number_of_rows
from {{ model }}
where {{ column_name }} is null or {{ column_name }} not in ({{ quoted_list(values) }})
group by {{ column_name }}
{% endtest %}
