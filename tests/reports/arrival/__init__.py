"""The check of arrival."""
