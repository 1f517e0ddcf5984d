"""Tests of the sandbox; a package, so that its modules may share names with other tests."""
