"""The repository itself: its layers and names, what its pages say, what it is packaged as."""
