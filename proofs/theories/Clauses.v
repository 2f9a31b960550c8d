(** * Clause forms (certificate-v1, sections 5 and 7)

    What a proof refutes and a witness satisfies. How formulas become clauses is another level:
    here a clause form is given. *)

From Coq Require Import ZArith QArith PArith Bool List.
From CAIO Require Import Numbers Tables Atoms Literals.
Import ListNotations.

(** The variables that occur, with their sorts; what the numbers 1, 2, ... stand for; the clauses
    with the numbers 1, 2, ... *)
Record form := Form { variables : sorts; numbers : list entry; clauses : list clause }.

(** Satisfiability: some values for the variables that respect the sorts, and some truth values for
    the gates, make every clause true. *)
Definition satisfies (f : form) (v : valuation) (gates : positive -> bool) : Prop :=
  respects (variables f) v
  /\ forall c, In c (clauses f) -> clause_true (meaning (of_list (numbers f)) v gates) c = true.
Definition satisfiable (f : form) : Prop := exists v gates, satisfies f v gates.

(** Well-formed: every atom is in normal form over known variables, every literal has a number. *)
Definition normal_entry (vars : sorts) (e : entry) : bool :=
  match e with Atom a => normal vars a | Gate => true end.
Definition well_formed (f : form) : bool :=
  forallb (normal_entry (variables f)) (numbers f)
  && forallb (forallb (numbered_literal (of_list (numbers f)))) (clauses f).

Lemma well_formed_normal f : well_formed f = true -> all_normal (variables f) (of_list (numbers f)).
Proof.
  intros W n a L. apply andb_prop in W as [W _]. rewrite forallb_forall in W.
  apply (W (Atom a)). eapply of_list_in, L.
Qed.

Lemma well_formed_numbered f c l :
  well_formed f = true -> In c (clauses f) -> In l c ->
  numbered_literal (of_list (numbers f)) l = true.
Proof.
  intros W C L. apply andb_prop in W as [_ W]. rewrite forallb_forall in W.
  specialize (W c C). rewrite forallb_forall in W. apply W, L.
Qed.

(** ** Witnesses

    Values for exactly the variables of the form, integers for those of sort int, and truth values
    for the gates. (At the level of formulas, a gate's value follows from its parts.) *)

Record witness := Witness { values : M.t Q; gate_values : M.t bool }.
Definition valuation_of (w : witness) (x : variable) : Q :=
  match M.find x (values w) with Some q => q | None => 0 end.
Definition gates_of (w : witness) (n : positive) : bool :=
  match M.find n (gate_values w) with Some b => b | None => false end.

Definition value_of_sort (s : sort) (q : Q) : bool :=
  match s with Int => lowest_terms q && whole q | Real => lowest_terms q end.
Definition check_witness (f : form) (w : witness) : bool :=
  forallb (fun x => known (variables f) (fst x)) (M.elements (values w))
  && forallb (fun x => match M.find (fst x) (values w) with
                       | Some q => value_of_sort (snd x) q
                       | None => false
                       end) (M.elements (variables f))
  && forallb (clause_true (meaning (of_list (numbers f)) (valuation_of w) (gates_of w)))
       (clauses f).

Theorem witness_satisfies f w :
  check_witness f w = true -> satisfies f (valuation_of w) (gates_of w).
Proof.
  unfold check_witness. rewrite !andb_true_iff, !forallb_forall. intros ((_ & V) & C).
  split; [|exact C].
  intros x I. unfold is_int in I.
  destruct (M.find x (variables f)) as [[|]|] eqn:S; try discriminate.
  specialize (V (x, Int) (M.elements_correct _ _ S)). cbn in V. unfold valuation_of.
  destruct (M.find x (values w)) as [q|]; [|discriminate]. apply andb_prop in V as [_ W].
  apply whole_integral, W.
Qed.
