"""What access logs and event streams have in common: requests and events, counted."""
