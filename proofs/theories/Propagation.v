(** * Hinted unit propagation (certificate-v1, section 6)

    Assuming every literal of a clause false, each hinted clause in turn leaves one literal open,
    which becomes true, until the last one is falsified. Nothing is searched. This file is about
    propositions alone: what a number stands for does not matter. *)

From Coq Require Import PArith Bool List.
From CAIO Require Import Tables Literals.
Import ListNotations.

(** ** Assignments: the numbers whose truth is known so far *)

Definition assignment := M.t bool.
Definition assigned (s : assignment) (l : literal) : option bool := M.find (number l) s.
Definition make_true (l : literal) (s : assignment) : assignment := M.add (number l) (sign l) s.
Definition is_false (s : assignment) (l : literal) : bool :=
  match assigned s l with Some b => negb (Bool.eqb b (sign l)) | None => false end.
Definition assume_false (c : clause) : assignment :=
  fold_right (fun l s => make_true (negate l) s) (M.empty bool) c.

(** ** Propagation

    A hint that is not unit (nothing left before the last hint, one literal left that is true
    already, more than one left) ends it without success. *)

Fixpoint propagate (clauses : table clause) (s : assignment) (hints : list positive) : bool :=
  match hints with
  | [] => false
  | hint :: rest =>
      match lookup clauses hint with
      | None => false
      | Some c =>
          match filter (fun l => negb (is_false s l)) c with
          | [] => match rest with [] => true | _ :: _ => false end
          | [l] =>
              match assigned s l with
              | None => propagate clauses (make_true l s) rest
              | Some _ => false
              end
          | _ :: _ :: _ => false
          end
      end
  end.

(** The clause that such a step derives, if it is one. *)
Definition rup (atoms : numbering) (clauses : table clause) (c : clause) (hints : list positive)
  : option clause :=
  if forallb (numbered_literal atoms) c && distinct (map number c)
     && propagate clauses (assume_false c) hints
  then Some c else None.

(** ** Soundness *)

Section Soundness.
  Variable truth : positive -> bool.
  Definition agrees (s : assignment) : Prop := forall n b, M.find n s = Some b -> truth n = b.
  Definition all_true (clauses : table clause) : Prop :=
    forall n c, lookup clauses n = Some c -> clause_true truth c = true.

  Lemma agrees_make_true s l : agrees s -> literal_true truth l = true -> agrees (make_true l s).
  Proof.
    intros A L n b. unfold make_true. rewrite find_add.
    destruct (Pos.eqb_spec n (number l)) as [->|].
    - intros E; injection E as <-. rewrite literal_sign in L. apply eqb_prop, L.
    - apply A.
  Qed.

  Lemma is_false_correct s l : agrees s -> is_false s l = true -> literal_true truth l = false.
  Proof.
    unfold is_false, assigned. intros A.
    destruct (M.find (number l) s) as [b|] eqn:F; [|discriminate].
    rewrite literal_sign, (A _ _ F). apply negb_true_iff.
  Qed.

  (** Dropping false literals does not change the truth of a clause. *)
  Lemma open_literals s c :
    agrees s -> clause_true truth (filter (fun l => negb (is_false s l)) c) = clause_true truth c.
  Proof.
    intros A. induction c as [|l c IH]; cbn; [reflexivity|]. destruct (is_false s l) eqn:F; cbn.
    - rewrite (is_false_correct _ _ A F). exact IH.
    - unfold clause_true in *. rewrite IH. reflexivity.
  Qed.

  Lemma propagate_sound clauses hints s :
    all_true clauses -> agrees s -> propagate clauses s hints = true -> False.
  Proof.
    intros T. revert s. induction hints as [|hint hints IH]; cbn; intros s A P; [discriminate|].
    destruct (lookup clauses hint) as [c|] eqn:L; [|discriminate].
    pose proof (open_literals s c A) as O. rewrite (T _ _ L) in O.
    destruct (filter _ c) as [|l [|? ?]]; [discriminate| |discriminate].
    destruct (assigned s l); [discriminate|]. apply (IH (make_true l s)); [|exact P].
    apply agrees_make_true; [exact A|]. cbn in O. rewrite orb_false_r in O. exact O.
  Qed.

  Lemma agrees_assume_false c : clause_true truth c = false -> agrees (assume_false c).
  Proof.
    induction c as [|l c IH]; cbn; intros F; [intros n b; rewrite M.gempty; discriminate|].
    apply orb_false_elim in F as [L F]. apply agrees_make_true; [apply IH, F|].
    rewrite literal_negate, L. reflexivity.
  Qed.

  Theorem rup_sound atoms clauses c hints d :
    all_true clauses -> rup atoms clauses c hints = Some d -> clause_true truth d = true.
  Proof.
    unfold rup. intros T. destruct (propagate clauses (assume_false c) hints) eqn:P.
    2: rewrite andb_false_r; discriminate.
    destruct (_ && _); [|discriminate]. intros E; injection E as <-.
    destruct (clause_true truth c) eqn:F; [reflexivity|exfalso].
    eapply propagate_sound; [exact T|apply agrees_assume_false, F|exact P].
  Qed.
End Soundness.

(** ** Splits

    Having derived [C, p] and [C, -p], a step with these two hints derives [C]: the rules need no
    rule for splits. *)

Lemma negate_parts l : number (negate l) = number l /\ sign (negate l) = negb (sign l).
Proof. destruct l; auto. Qed.

Lemma find_assume_false c l :
  NoDup (map number c) -> In l c -> M.find (number l) (assume_false c) = Some (negb (sign l)).
Proof.
  induction c as [|k c IH]; cbn; [contradiction|]. intros D I. apply NoDup_cons_iff in D as [N D].
  unfold make_true. destruct (negate_parts k) as [-> ->]. rewrite find_add.
  destruct (Pos.eqb_spec (number l) (number k)) as [E|E], I as [->|I]; try reflexivity;
    try contradiction.
  - contradiction N. rewrite <- E. apply in_map, I.
  - apply IH; assumption.
Qed.

Lemma find_assume_false_none c n : ~ In n (map number c) -> M.find n (assume_false c) = None.
Proof.
  induction c as [|k c IH]; cbn; intros N; [apply M.gempty|].
  unfold make_true. destruct (negate_parts k) as [-> _]. rewrite find_add.
  destruct (Pos.eqb_spec n (number k)); [subst; tauto|]. apply IH. tauto.
Qed.

Lemma no_open_literals c d s :
  (forall l, In l c -> M.find (number l) s = Some (negb (sign l))) ->
  filter (fun l => negb (is_false s l)) (c ++ d) = filter (fun l => negb (is_false s l)) d.
Proof.
  induction c as [|k c IH]; cbn; intros F; [reflexivity|].
  unfold is_false at 1, assigned. rewrite (F k) by auto. destruct (sign k); cbn; apply IH; auto.
Qed.

Theorem split_accepted atoms (clauses : table clause) (c : clause) p h1 h2 :
  forallb (numbered_literal atoms) c = true -> distinct (map number c) = true ->
  ~ In p (map number c) ->
  lookup clauses h1 = Some (c ++ [Plus p]) -> lookup clauses h2 = Some (c ++ [Minus p]) ->
  rup atoms clauses c [h1; h2] = Some c.
Proof.
  intros K D P H1 H2. unfold rup. rewrite K, D. apply distinct_correct in D.
  pose proof (find_assume_false_none c p P) as N.
  assert (filter (fun l => negb (is_false (assume_false c) l)) (c ++ [Plus p]) = [Plus p]) as F1.
  { rewrite no_open_literals by (intros; apply find_assume_false; assumption).
    cbn. unfold is_false, assigned. cbn. rewrite N. reflexivity. }
  set (s := make_true (Plus p) (assume_false c)).
  assert (filter (fun l => negb (is_false s l)) (c ++ [Minus p]) = []) as F2.
  { rewrite no_open_literals; cbn; unfold is_false, assigned, s, make_true; cbn.
    - rewrite find_add, Pos.eqb_refl. reflexivity.
    - intros l I. rewrite find_add.
      destruct (Pos.eqb_spec (number l) p) as [<-|]; [contradiction P; apply in_map, I|].
      apply find_assume_false; assumption. }
  cbn [propagate]. rewrite H1, F1. unfold assigned. cbn [number]. rewrite N, H2. fold s. rewrite F2.
  reflexivity.
Qed.
