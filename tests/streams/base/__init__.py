"""Tests of the shapes of streams."""
