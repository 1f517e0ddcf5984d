"""Tests of `tap_clevertap.config.queries`."""
