"""What reads the warehouse."""
