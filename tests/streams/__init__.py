"""Tests of the stream rooms."""
