"""Files of a folder or bucket: found, opened and split into records."""
