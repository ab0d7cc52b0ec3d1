"""What a person or a CI machine touches: the command line, the demo, the check of the seeds."""
