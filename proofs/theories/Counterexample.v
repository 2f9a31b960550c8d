(** * Why the normal form is part of the theorem

    Reading a negative literal over the integers as [-terms <= -bound-1] presumes that the bound is
    an integer and the relation [<=] (rule 4 of section 3). If one fresh atom that is not in normal
    form were let through, steps that are each correct would refute a form that is satisfiable. *)

From Coq Require Import ZArith QArith PArith Bool List.
From CAIO Require Import Numbers Tables Atoms Literals Clauses Farkas Propagation Checker Soundness.
Import ListNotations.

(** One integer variable [x], two atoms [x <= 0] and [x <= 1], two clauses: [x] is 1. *)
Definition x : variable := 1%positive.
Definition at_most (k : Q) : atom := Inequality [(x, 1%Z)] k false.
Definition one_integer : sorts := M.add x Int (M.empty sort).
Definition x_is_1 : form :=
  Form one_integer [Atom (at_most 0); Atom (at_most 1)] [[Minus 1]; [Plus 2]].

(** The fresh atom 3, [x <= 1/2], has a bound that is no integer. Its positive literal reads
    [x <= 1/2], its negative one, tightened, [-x <= -3/2]; both contradict [x = 1]. *)
Definition half : atom := at_most (1 # 2).
Definition refutation : list step :=
  [ Farkas [(Minus 1, 1%Z); (Plus 3, 1%Z)];       (* clause 3: x <= 0, or not x <= 1/2 *)
    Farkas [(Plus 2, 1%Z); (Minus 3, 1%Z)];       (* clause 4: not x <= 1, or x <= 1/2 *)
    Rup [] [1; 2; 3; 4]%positive ].

Definition without_normal_form : bool :=
  run one_integer (append (of_list (numbers x_is_1)) (Atom half)) (of_list (clauses x_is_1))
    refutation.

Theorem unnormalised_atom_refutes_satisfiable_form :
  without_normal_form = true /\ satisfiable x_is_1.
Proof.
  split; [reflexivity|].
  apply (accepted_witness_satisfies _ (Witness (M.add x 1 (M.empty Q)) (M.empty bool))).
  reflexivity.
Qed.

(** So it is for a strict relation: of [x < 1], the negative literal would read [-x <= -2]. *)
Definition below_1 : atom := Inequality [(x, 1%Z)] 1 true.
Theorem strict_atom_refutes_satisfiable_form :
  run one_integer (append (of_list (numbers x_is_1)) (Atom below_1)) (of_list (clauses x_is_1))
    refutation = true.
Proof. reflexivity. Qed.

(** The checker rejects both atoms, and with them the proofs. *)
Theorem both_are_rejected :
  check x_is_1 (Proof [half] refutation) = false
  /\ check x_is_1 (Proof [below_1] refutation) = false.
Proof. split; reflexivity. Qed.
