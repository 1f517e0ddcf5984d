
    
    select
      count(*) as failures,
      count(*) != 0 as should_warn,
      count(*) != 0 as should_error
    from (
      
        select *
        from "w"."analytics_alerts"."alert_missing_event"
    
      
    ) dbt_internal_test