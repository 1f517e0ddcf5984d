"""Tests of sandbox/files/."""
