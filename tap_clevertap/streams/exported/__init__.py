"""Streams of the files that CleverTap exports by itself."""
