"""The neighbours MAIA, NME, RFS and marketplace: over HTTP, as references in this process, and examined by clause."""
