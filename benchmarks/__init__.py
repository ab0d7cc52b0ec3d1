"""Speed and size against references measured in the same run: `make bench`, `make nights`."""
