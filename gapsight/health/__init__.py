"""The health of one workspace: facts, and findings that follow from them. It reads only, and locks nothing."""
