"""The report of an incident: what the suite knew, what happened, what to do, and a draft of the missing test."""
