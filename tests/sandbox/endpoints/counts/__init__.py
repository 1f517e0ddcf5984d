"""Tests of the simulated count endpoints."""
