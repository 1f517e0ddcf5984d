"""The wheel and the sdist in a bare environment: `make check-package`."""
