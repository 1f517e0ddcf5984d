"""Tests of slices, windows and plans."""
