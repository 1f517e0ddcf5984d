"""Tests of streams/exported/."""
