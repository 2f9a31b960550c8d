"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A slow machine is no failure, and two runs of one commit give one answer; what is drawn anew each time is `make fuzz`.
settings.register_profile(
    "caio", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("caio")
