"""Tests of records and rows."""
