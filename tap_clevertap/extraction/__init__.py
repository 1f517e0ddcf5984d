"""The extraction engine: plans slices, fetches them, reconciles them and moves bookmarks."""
