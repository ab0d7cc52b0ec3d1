"""Review packs: what a team looks at once a week and once a quarter, from the published marts alone."""
