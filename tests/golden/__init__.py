"""Expected results: one folder per source for the parsers, `scores/` for the formulas of the models."""
