"""Decides whether evidence proves a claim: standard library only, nothing else of caio."""
