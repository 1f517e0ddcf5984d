"""Tests of the sandbox's query."""
