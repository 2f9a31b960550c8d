"""Are properties so for every request? What ``caio prove`` asks, and how it tells.

Each property becomes obligations of documents (``docs/spec/certificate-v1.md`` section 8.3) and one certificate that the
checker has accepted. What is refuted is told by a minimal counterexample, which the reference interpreter has replayed.
"""
