"""Tests of extraction/processes/."""
