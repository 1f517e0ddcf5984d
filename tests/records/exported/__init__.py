"""Tests of records/exported/."""
