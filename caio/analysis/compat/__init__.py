"""Compatibility: whether a changed contract can take the place of the one before it, and who is affected where it cannot.

``refining`` asks whether one version refines another, facet by facet; ``callers`` asks for each caller instead; ``deploying``
asks all callers about all versions. ``bump`` says what a change means for the version number. Each gives questions of a report.
"""
