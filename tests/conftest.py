"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# A slow machine is no failure: effort is bounded by counting, and no verdict of a test may depend on the clock.
settings.register_profile("caio", deadline=None)
settings.load_profile("caio")
