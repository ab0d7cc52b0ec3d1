"""Assembly: settings, inbox, lake and Dagster. Nothing here knows what a number means."""
