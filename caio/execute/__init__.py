"""Calling the selected service, and holding every reply against what was promised (step 10 of Eq. 1.1)."""
