"""The export for spreadsheets."""
