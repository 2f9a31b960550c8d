"""Drives the solver, produces certificates, has them checked, and caches them by content."""
