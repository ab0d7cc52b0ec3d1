"""Kills and losses at random moments."""
