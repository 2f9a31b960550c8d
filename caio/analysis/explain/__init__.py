"""Why this one, why not that one, and what would have to change: explanations of decisions, with evidence.

An explanation claims nothing that a certificate does not show. What would be the case under another bound is a claim
about another document, and its certificate is a decision about one service under that document.
"""
