"""What holds across the streams: odd values, privacy, the hourly run, the size of the state."""
