"""What would follow from other weights and thresholds: what was asked for, and what then differs."""
