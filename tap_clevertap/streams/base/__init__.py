"""The shapes that streams have: listed, paginated, counted, queried, sliced."""
