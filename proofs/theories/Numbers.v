(** * Numbers (certificate-v1, section 1)

    Everything that has a magnitude is an exact rational. This file adds to Coq's rationals what
    the specification says about them: which are integers, which are written in lowest terms, and
    the two relations of an inequality. *)

From Coq Require Import ZArith QArith Qreduction Qround Bool Lia Lqa.
From Coq Require Qcanon.
Local Open Scope Q_scope.

(** A rational that is an integer, however it is written. *)
Definition integral (q : Q) : Prop := exists z : Z, q == inject_Z z.

(** Numbers are written in lowest terms; one so written is an integer iff its denominator is 1. *)
Definition lowest_terms (q : Q) : bool := Z.eqb (Z.gcd (Qnum q) (QDen q)) 1.
Definition whole (q : Q) : bool := Pos.eqb (Qden q) 1.

(** The relation of an inequality: [x <= y], or [x < y] if it is strict. *)
Definition compare (strict : bool) (x y : Q) : bool :=
  if strict then negb (Qle_bool y x) else Qle_bool x y.

Arguments whole : simpl never.
Arguments compare : simpl never.

Lemma compare_spec strict x y : compare strict x y = true <-> if strict then x < y else x <= y.
Proof.
  unfold compare. destruct strict.
  - rewrite negb_true_iff, <- not_true_iff_false, Qle_bool_iff.
    split; [apply Qnot_le_lt|apply Qlt_not_le].
  - apply Qle_bool_iff.
Qed.

(** Two truth values are equal if each implies the other. *)
Lemma same_truth (a b : bool) : (a = true <-> b = true) -> a = b.
Proof. destruct a, b; intuition congruence. Qed.

Lemma compare_compat strict x x' y y' :
  x == x' -> y == y' -> compare strict x y = compare strict x' y'.
Proof.
  intros X Y. apply same_truth. rewrite !compare_spec. destruct strict; rewrite X, Y; reflexivity.
Qed.

(** An inequality may be multiplied by a positive number. *)
Lemma compare_scale strict s x y : 0 < s -> compare strict (s * x) (s * y) = compare strict x y.
Proof.
  intros S. apply same_truth. rewrite !compare_spec.
  destruct strict; [apply Qmult_lt_l|apply Qmult_le_l]; exact S.
Qed.

(** Denying an inequality turns it around and swaps its strictness. *)
Lemma compare_opposite strict x y : compare (negb strict) (- x) (- y) = negb (compare strict x y).
Proof.
  apply same_truth. rewrite negb_true_iff, <- not_true_iff_false, !compare_spec.
  destruct strict; cbn; split; intros H; try lra; apply Qnot_lt_le || apply Qnot_le_lt; lra.
Qed.

(** Over the integers a bound can be tightened to an integer and the relation to [<=]: section 3. *)
Lemma tighten_le z k :
  compare false (inject_Z z) k = compare false (inject_Z z) (inject_Z (Qfloor k)).
Proof.
  apply same_truth. rewrite !compare_spec, <- Zle_Qle. split; intros H.
  - apply Qfloor_resp_le in H. rewrite Qfloor_Z in H. exact H.
  - pose proof (Qfloor_le k). rewrite Zle_Qle in H. lra.
Qed.

Lemma tighten_lt z k :
  compare true (inject_Z z) k = compare false (inject_Z z) (inject_Z (Qceiling k - 1)).
Proof.
  apply same_truth. rewrite !compare_spec, <- Zle_Qle. split; intros H.
  - pose proof (Qle_ceiling k). assert (inject_Z z < inject_Z (Qceiling k)) as L by lra.
    rewrite <- Zlt_Qlt in L. lia.
  - pose proof (Qceiling_lt k). rewrite Zle_Qle in H. lra.
Qed.

(** Over the integers, [x <= k] is false iff [-x <= -k-1]. *)
Lemma opposite_integral x k :
  integral x -> integral k -> compare false (- x) (- k - 1) = negb (compare false x k).
Proof.
  intros [z Z] [w W]. rewrite <- compare_opposite. apply same_truth. rewrite !compare_spec; cbn.
  rewrite Z, W. split; intros H; [lra|]. rewrite <- !inject_Z_opp in *. rewrite <- Zlt_Qlt in H.
  change (-(1)) with (inject_Z (-1)). unfold Qminus. change (- (1)) with (inject_Z (-1)).
  rewrite <- inject_Z_plus, <- Zle_Qle. lia.
Qed.

Lemma whole_integral q : whole q = true -> integral q.
Proof.
  unfold whole. intros H. apply Pos.eqb_eq in H. destruct q as [n d]; cbn in H; subst. exists n.
  reflexivity.
Qed.

Lemma lowest_terms_red q : lowest_terms (Qred q) = true.
Proof. apply Z.eqb_eq, Qcanon.Qred_iff, Qcanon.Qred_involutive. Qed.
