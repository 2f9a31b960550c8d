"""Registries of other projects, turned into contracts without inventing anything."""
