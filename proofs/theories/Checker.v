(** * The checker of proofs (certificate-v1, section 6) *)

From Coq Require Import ZArith QArith PArith Bool List.
From CAIO Require Import Numbers Tables Atoms Literals Clauses Farkas Propagation.
Import ListNotations.

(** ** Proofs

    Fresh atoms, which get the numbers after the last atom or gate, and steps, each of which
    derives one clause, which gets the number after the last clause. *)

Inductive step :=
  | Farkas (pairs : list (literal * Z))
  | Rup (c : clause) (hints : list positive).

Record proof := Proof { fresh : list atom; steps : list step }.

(** ** Fresh atoms

    In normal form, over variables of the form, and equal neither to one another nor to an atom of
    the form. *)

Fixpoint same_terms (ts us : linear) : bool :=
  match ts, us with
  | [], [] => true
  | (x, c) :: ts, (y, d) :: us => Pos.eqb x y && Z.eqb c d && same_terms ts us
  | _, _ => false
  end.
Definition same_atom (a b : atom) : bool :=
  same_terms (terms a) (terms b) && Z.eqb (Qnum (bound a)) (Qnum (bound b))
  && Pos.eqb (Qden (bound a)) (Qden (bound b)) && Bool.eqb (strict a) (strict b).
Definition is_atom (a : atom) (e : entry) : bool :=
  match e with Atom b => same_atom a b | Gate => false end.

Fixpoint add_fresh (vars : sorts) (present : list entry) (atoms : numbering) (new : list atom)
  : option numbering :=
  match new with
  | [] => Some atoms
  | a :: rest =>
      if normal vars a && negb (existsb (is_atom a) present)
      then add_fresh vars (Atom a :: present) (append atoms (Atom a)) rest
      else None
  end.

(** ** The run

    One rule per step; the last step derives the empty clause, and no earlier one does. *)

Definition derive (vars : sorts) (atoms : numbering) (known : table clause) (s : step)
  : option clause :=
  match s with
  | Farkas pairs => farkas vars atoms pairs
  | Rup c hints => rup atoms known c hints
  end.

Fixpoint run (vars : sorts) (atoms : numbering) (known : table clause) (ss : list step) : bool :=
  match ss with
  | [] => false
  | s :: rest =>
      match derive vars atoms known s with
      | None => false
      | Some [] => match rest with [] => true | _ :: _ => false end
      | Some c => run vars atoms (append known c) rest
      end
  end.

Definition check (f : form) (p : proof) : bool :=
  well_formed f
  && match add_fresh (variables f) (numbers f) (of_list (numbers f)) (fresh p) with
     | Some atoms => run (variables f) atoms (of_list (clauses f)) (steps p)
     | None => false
     end.
