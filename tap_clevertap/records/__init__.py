"""Records as CleverTap sends them to rows as a target loads them."""
