(** What the main theorems say and what they assume. `make proofs` compiles this file, prints its
    output, and fails unless each of them is closed under the global context. *)

From Coq Require Import QArith.
From CAIO Require Import Atoms Literals Clauses Farkas Propagation Checker.
From CAIO Require Import Soundness Normalise Counterexample.

(** Proofs and witnesses. *)
Check accepted_proof_refutes. Print Assumptions accepted_proof_refutes.
Check accepted_witness_satisfies. Print Assumptions accepted_witness_satisfies.
Check never_both. Print Assumptions never_both.

(** Splits. *)
Check split_accepted. Print Assumptions split_accepted.
Check split_covers. Print Assumptions split_covers.

(** Literals as inequalities, and inequalities as literals. *)
Check read_correct. Print Assumptions read_correct.
Check normalise_equivalent. Print Assumptions normalise_equivalent.
Check normalise_normal. Print Assumptions normalise_normal.

(** Why the normal form is needed. *)
Check unnormalised_atom_refutes_satisfiable_form.
Print Assumptions unnormalised_atom_refutes_satisfiable_form.
