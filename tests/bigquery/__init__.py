"""The tap into BigQuery's emulator: `make check-bigquery`."""
