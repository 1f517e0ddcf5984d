"""Singer tap for CleverTap."""
