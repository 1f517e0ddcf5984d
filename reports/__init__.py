"""What runs after a load: the dashboard, the alerts, and forgetting a user.

Everything here reads the warehouse through dbt, so that it works on each one that dbt knows.
"""
