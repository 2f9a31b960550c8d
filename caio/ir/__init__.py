"""Sorts, terms, contracts, rules and requests as typed immutable values, and their interpreter."""
