"""Settings: their JSON schema, their validation and their typed view."""
