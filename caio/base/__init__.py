"""Diagnostics, spans, canonical JSON and digests, exact quantities and units, errors."""
