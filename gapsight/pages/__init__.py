"""Documents for people: what stands in them, and how it is written as Markdown and as a page."""
