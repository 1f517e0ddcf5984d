"""Events and profiles as files that a spreadsheet opens: `make csv`."""
