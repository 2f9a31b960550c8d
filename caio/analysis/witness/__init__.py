"""Models of obligations as people read them: minimal counterexamples, and sets of requests as regions.

What is made here is for reading and claims nothing by itself: a counterexample is an assignment that anybody can evaluate,
and a description comes with the blocks of formulas that a proof has to refute for it to be right.
"""
