"""Writes what README.md, meltano.yml and .secrets.example say about the code, from the code."""
