"""What must be proved, each function documented as "unsatisfiable iff ..."."""
