"""The master equation, steps 0 to 11, in the order the calculus has them, and scoring."""
