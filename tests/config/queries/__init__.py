"""Tests of the queries that are settings."""
