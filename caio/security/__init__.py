"""What is known about callers and payloads, and on whose word: tokens to facts, payloads to data classes (Eq. 1.4, 4.1 to 4.3)."""
