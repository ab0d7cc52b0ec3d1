"""What parsers of trackers, incident tools and deployment logs share."""
