"""What the people who work on Gapsight run; nothing here is installed."""
