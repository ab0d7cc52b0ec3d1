"""From data that lie there to a workspace a team can begin with: a draft with its reasons.

Reads files with the registered parsers, groups what it sees by the words in it, and writes settings
and seeds. Nothing that exists is overwritten, and nothing is guessed that only people know: owners,
criticality, what a failure costs.
"""
