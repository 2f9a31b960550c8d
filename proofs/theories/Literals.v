(** * Literals and clauses (certificate-v1, sections 3 and 5) *)

From Coq Require Import ZArith QArith PArith Bool List.
From CAIO Require Import Numbers Tables Atoms.
Import ListNotations.

(** ** Literals

    A number that is positive or negative: [Plus n] is written [n], [Minus n] is written [-n]. *)

Inductive literal := Plus (n : positive) | Minus (n : positive).
Definition number (l : literal) : positive := match l with Plus n | Minus n => n end.
Definition sign (l : literal) : bool := match l with Plus _ => true | Minus _ => false end.
Definition negate (l : literal) : literal := match l with Plus n => Minus n | Minus n => Plus n end.

(** A clause is the disjunction of its literals. *)
Definition clause := list literal.

(** ** Truth, given the truth of every number *)

Definition literal_true (truth : positive -> bool) (l : literal) : bool :=
  match l with Plus n => truth n | Minus n => negb (truth n) end.
Definition clause_true (truth : positive -> bool) (c : clause) : bool :=
  existsb (literal_true truth) c.

Lemma literal_negate truth l : literal_true truth (negate l) = negb (literal_true truth l).
Proof. destruct l; cbn; auto using negb_involutive, eq_sym. Qed.

Lemma literal_sign truth l : literal_true truth l = Bool.eqb (truth (number l)) (sign l).
Proof. destruct l as [n|n]; cbn; destruct (truth n); reflexivity. Qed.

(** ** What numbers stand for

    An atom, or a gate of the clause form. A gate is an arbitrary Boolean here: that it means the
    conjunction it was made for is said by clauses, like everything else. *)

Inductive entry := Atom (a : atom) | Gate.
Definition numbering := table entry.

Definition meaning (atoms : numbering) (v : valuation) (gates : positive -> bool) (n : positive)
  : bool :=
  match lookup atoms n with Some (Atom a) => holds v a | _ => gates n end.

(** ** Reading a literal as an inequality (section 3) *)

Definition read (vars : sorts) (atoms : numbering) (l : literal) : option inequality :=
  match lookup atoms (number l) with
  | Some (Atom a) => Some (if sign l then a else opposite vars a)
  | _ => None
  end.

(** Every atom is in normal form. *)
Definition all_normal (vars : sorts) (atoms : numbering) : Prop :=
  forall n a, lookup atoms n = Some (Atom a) -> normal vars a = true.

(** A literal and its inequality say the same. *)
Theorem read_correct vars atoms v gates l i :
  respects vars v -> all_normal vars atoms -> read vars atoms l = Some i ->
  holds v i = literal_true (meaning atoms v gates) l.
Proof.
  intros R N. unfold read. destruct (lookup atoms (number l)) as [[a|]|] eqn:L; try discriminate.
  intros E; injection E as <-. rewrite literal_sign. unfold meaning. rewrite L.
  destruct (sign l); [destruct (holds v a); reflexivity|].
  rewrite opposite_correct; [destruct (holds v a); reflexivity|exact R|].
  eapply normal_tight, N, L.
Qed.

(** A split: whatever the valuation, one of the two inequalities of an atom holds. *)
Corollary split_covers vars atoms v n i j :
  respects vars v -> all_normal vars atoms ->
  read vars atoms (Plus n) = Some i -> read vars atoms (Minus n) = Some j ->
  holds v i = true \/ holds v j = true.
Proof.
  intros R N I J. rewrite (read_correct _ _ _ (fun _ => true) _ _ R N I).
  rewrite (read_correct _ _ _ (fun _ => true) _ _ R N J). cbn.
  destruct (meaning atoms v (fun _ => true) n); auto.
Qed.

(** ** Clauses over known numbers *)

Definition numbered_literal (atoms : numbering) (l : literal) : bool :=
  match lookup atoms (number l) with Some _ => true | None => false end.

Fixpoint distinct (ns : list positive) : bool :=
  match ns with
  | [] => true
  | n :: rest => negb (existsb (Pos.eqb n) rest) && distinct rest
  end.

Lemma existsb_eqb n ns : existsb (Pos.eqb n) ns = true <-> In n ns.
Proof.
  rewrite existsb_exists. split; [intros (m & I & E); apply Pos.eqb_eq in E; congruence|].
  intros I. exists n. rewrite Pos.eqb_refl. auto.
Qed.

Lemma distinct_correct ns : distinct ns = true <-> NoDup ns.
Proof.
  induction ns as [|n ns IH]; cbn; [split; auto using NoDup_nil|].
  rewrite andb_true_iff, IH, negb_true_iff, <- not_true_iff_false, existsb_eqb.
  rewrite NoDup_cons_iff. reflexivity.
Qed.
