"""Data to measure with: the same bytes for the same seed and size."""
