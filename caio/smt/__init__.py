"""From the intermediate representation to the solver: the only importer of z3 and pysmt."""
