"""Export files read once each: which are next, and the rows of one, in this process or another."""
