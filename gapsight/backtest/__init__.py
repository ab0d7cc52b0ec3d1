"""Was the score right in the past: rankings as they were known, against what happened afterwards."""
