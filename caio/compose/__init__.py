"""What several services promise together."""
