"""Tests of the sandbox's account."""
