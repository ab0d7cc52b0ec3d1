"""What the reports of test runs have in common, whatever tool wrote them."""
