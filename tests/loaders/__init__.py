"""The tap into real targets by `meltano run`, cell by cell: `make check-loaders`."""
