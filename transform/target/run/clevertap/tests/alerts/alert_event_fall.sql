
    
    select
      count(*) as failures,
      count(*) != 0 as should_warn,
      count(*) != 0 as should_error
    from (
      
        select *
        from "w"."analytics_alerts"."alert_event_fall"
    
      
    ) dbt_internal_test