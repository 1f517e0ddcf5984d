"""The check of arrival: rows that the tap wrote, held against the rows of the tables."""
