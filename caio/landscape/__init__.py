"""Immutable snapshots of registered contracts with health, load and history."""
