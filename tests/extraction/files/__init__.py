"""Tests of extraction/files/."""
