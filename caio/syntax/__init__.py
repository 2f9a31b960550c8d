"""Text to tree and back: the only importer of lark, and the formatter."""
