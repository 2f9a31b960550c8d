(** * Soundness of the checker

    What stands at the end of this file, with the definitions of [form], [satisfiable], [check] and
    [check_witness], is all that has to be read to know what has been proved. *)

From Coq Require Import ZArith QArith PArith Bool List.
From CAIO Require Import Numbers Tables Atoms Literals Clauses Farkas Propagation Checker.
Import ListNotations.

(** ** Fresh atoms keep what is there *)

Definition extends (old new : numbering) : Prop :=
  forall n e, lookup old n = Some e -> lookup new n = Some e.

Lemma add_fresh_extends vars fresh : forall present old new,
  numbered old -> all_normal vars old -> add_fresh vars present old fresh = Some new ->
  extends old new /\ all_normal vars new.
Proof.
  induction fresh as [|a fresh IH]; cbn; intros present old new N A F.
  - injection F as <-. split; [intros n e L; exact L|exact A].
  - destruct (normal vars a) eqn:NA; [cbn in F|discriminate].
    destruct (negb _); [|discriminate]. apply IH in F as [E A']; [split; [|exact A']| |].
    + intros n e L. apply E, append_keeps; assumption.
    + apply append_numbered, N.
    + intros n b L. apply append_only in L as [L|L]; [eapply A, L|injection L as ->; exact NA].
Qed.

(** Fresh atoms speak about variables that are there, so they have their truth: no clause over the
    numbers of before changes its own. *)
Lemma clause_extends old new v gates c :
  extends old new -> forallb (numbered_literal old) c = true ->
  clause_true (meaning new v gates) c = clause_true (meaning old v gates) c.
Proof.
  intros E. induction c as [|l c IH]; cbn; intros K; [reflexivity|]. apply andb_prop in K as [K Ks].
  unfold clause_true in IH. rewrite IH by exact Ks. f_equal. rewrite !literal_sign. f_equal.
  unfold meaning. unfold numbered_literal in K.
  destruct (lookup old (number l)) as [e|] eqn:L; [|discriminate]. rewrite (E _ _ L). reflexivity.
Qed.

(** ** Every derived clause holds *)

Section Run.
  Variables (vars : sorts) (atoms : numbering) (v : valuation) (gates : positive -> bool).
  Hypothesis sorted : respects vars v.
  Hypothesis normals : all_normal vars atoms.
  Let truth := meaning atoms v gates.

  Lemma derive_sound known s c :
    all_true truth known -> derive vars atoms known s = Some c -> clause_true truth c = true.
  Proof.
    intros K. destruct s; cbn; intros D; [eapply farkas_sound|eapply rup_sound]; eassumption.
  Qed.

  Lemma run_sound ss :
    forall known, all_true truth known -> run vars atoms known ss = true -> False.
  Proof.
    induction ss as [|s ss IH]; cbn; intros known K R; [discriminate|].
    destruct (derive vars atoms known s) as [c|] eqn:D; [|discriminate].
    apply derive_sound in D; [|exact K]. destruct c as [|l c]; [discriminate|].
    apply IH in R; [exact R|]. intros n d L.
    apply append_only in L as [L| ->]; [eapply K, L|exact D].
  Qed.
End Run.

(** ** The theorems *)

(** If the checker accepts a proof, then no valuation that respects the sorts, with no truth values
    of the gates, satisfies all clauses of the form. *)
Theorem accepted_proof_refutes : forall (f : form) (p : proof),
  check f p = true -> ~ satisfiable f.
Proof.
  intros f p C (v & gates & R & T). unfold check in C. apply andb_prop in C as [W C].
  destruct (add_fresh _ _ _ _) as [atoms|] eqn:F; [|discriminate].
  apply add_fresh_extends in F as [E N]; [|apply of_list_numbered|apply well_formed_normal, W].
  eapply run_sound; [exact R|exact N| |exact C].
  intros n c L. apply of_list_in in L. rewrite <- (T c L). apply clause_extends; [exact E|].
  apply forallb_forall. intros l I. eapply well_formed_numbered; eassumption.
Qed.

(** If the checker accepts a witness, it is a valuation that respects the sorts and satisfies all
    clauses of the form. *)
Theorem accepted_witness_satisfies : forall (f : form) (w : witness),
  check_witness f w = true -> satisfiable f.
Proof. intros f w C. exists (valuation_of w), (gates_of w). apply witness_satisfies, C. Qed.

(** Hence no form has both. *)
Corollary never_both : forall (f : form) (p : proof) (w : witness),
  check f p = true -> check_witness f w = true -> False.
Proof.
  intros f p w P W. exact (accepted_proof_refutes f p P (accepted_witness_satisfies f w W)).
Qed.
