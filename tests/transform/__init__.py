"""Tests of the dbt project and of what reads it; `make check-dbt` installs what they need."""
