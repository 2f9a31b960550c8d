"""Complex fields, their operators and the terms of the master equation they give (Def. 1.1 to 1.9), as measurements."""
