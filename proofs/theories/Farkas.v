(** * The Farkas rule (certificate-v1, section 6)

    Positive multiples of literals, read as inequalities, sum to a contradiction; so one of the
    literals is false. *)

From Coq Require Import ZArith QArith Bool List Lia Lqa.
From CAIO Require Import Numbers Tables Atoms Literals.
Import ListNotations.
Local Open Scope Q_scope.

(** Adding [m] times an inequality to a sum of inequalities. *)
Definition add_terms (m : Z) (ts acc : linear) : linear :=
  fold_right (fun t acc => insert Z.add (fst t) (m * snd t)%Z acc) acc ts.
Definition add_multiple (m : Z) (i acc : inequality) : inequality :=
  Inequality (add_terms m (terms i) (terms acc))
    (Qred (inject_Z m * bound i + bound acc)) (strict i || strict acc).

(** The sum of all pairs of a step; none if a literal is not one of an atom or a multiplier is not
    positive. *)
Fixpoint total (vars : sorts) (atoms : numbering) (pairs : list (literal * Z))
  : option inequality :=
  match pairs with
  | [] => Some (Inequality [] 0 false)
  | (l, m) :: rest =>
      match read vars atoms l, total vars atoms rest with
      | Some i, Some acc => if Z.ltb 0 m then Some (add_multiple m i acc) else None
      | _, _ => None
      end
  end.

(** Every coefficient vanishes, and what is left, [0 <= bound] or [0 < bound], is false. *)
Definition contradiction (i : inequality) : bool :=
  forallb (fun t => Z.eqb (snd t) 0) (terms i) && negb (compare (strict i) 0 (bound i)).

(** The clause that a Farkas step derives, if it is one. *)
Definition farkas (vars : sorts) (atoms : numbering) (pairs : list (literal * Z)) : option clause :=
  if distinct (map (fun p => number (fst p)) pairs) then
    match pairs, total vars atoms pairs with
    | _ :: _, Some i => if contradiction i then Some (map (fun p => negate (fst p)) pairs) else None
    | _, _ => None
    end
  else None.

(** ** Soundness *)

Lemma value_add_terms v m ts acc :
  value v (add_terms m ts acc) == inject_Z m * value v ts + value v acc.
Proof.
  unfold value. induction ts as [|[x c] ts IH]; cbn; [ring|].
  rewrite (sum_insert inject_Z Z.add) by (intros; rewrite inject_Z_plus; reflexivity).
  fold (add_terms m ts acc). rewrite IH, inject_Z_mult. ring.
Qed.

Lemma holds_add_multiple v m i acc :
  (0 < m)%Z -> holds v i = true -> holds v acc = true -> holds v (add_multiple m i acc) = true.
Proof.
  rewrite !holds_spec, Zlt_Qlt. change (inject_Z 0) with 0. intros M I A.
  cbn [add_multiple terms bound strict].
  destruct (strict i), (strict acc); cbn [orb] in *; rewrite value_add_terms, Qred_correct; nra.
Qed.

Section Soundness.
  Variables (vars : sorts) (atoms : numbering) (v : valuation) (gates : positive -> bool).
  Hypothesis sorted : respects vars v.
  Hypothesis normals : all_normal vars atoms.
  Let truth := meaning atoms v gates.

  Lemma holds_total pairs i :
    total vars atoms pairs = Some i -> forallb (fun p => literal_true truth (fst p)) pairs = true ->
    holds v i = true.
  Proof.
    revert i.
    induction pairs as [|[l m] pairs IH]; cbn; intros i E T; [injection E as <-; reflexivity|].
    destruct (read vars atoms l) as [j|] eqn:J; [|discriminate].
    destruct (total vars atoms pairs) as [acc|]; [|discriminate].
    destruct (Z.ltb_spec 0 m) as [M|]; [|discriminate]. injection E as <-.
    apply andb_prop in T as [L T]. apply holds_add_multiple; [exact M| |apply IH; auto].
    rewrite (read_correct _ _ _ gates _ _ sorted normals J). exact L.
  Qed.

  Lemma contradiction_false i : contradiction i = true -> holds v i = false.
  Proof.
    unfold contradiction, holds. intros C. apply andb_prop in C as [Z N]. apply negb_true_iff in N.
    rewrite <- N. apply compare_compat; [|reflexivity]. unfold value.
    induction (terms i) as [|[x c] ts IH]; cbn in *; [reflexivity|].
    apply andb_prop in Z as [Z Zs]. apply Z.eqb_eq in Z as ->. rewrite IH by exact Zs. ring.
  Qed.

  Lemma some_false (pairs : list (literal * Z)) :
    forallb (fun p => literal_true truth (fst p)) pairs = false ->
    clause_true truth (map (fun p => negate (fst p)) pairs) = true.
  Proof.
    induction pairs as [|[l m] pairs IH]; cbn; [discriminate|].
    rewrite literal_negate. destruct (literal_true truth l); auto.
  Qed.

  Theorem farkas_sound pairs c : farkas vars atoms pairs = Some c -> clause_true truth c = true.
  Proof.
    unfold farkas. destruct distinct; [|discriminate].
    destruct pairs as [|p pairs]; [discriminate|]. set (all := p :: pairs).
    destruct (total vars atoms all) as [i|] eqn:T; [|discriminate].
    destruct (contradiction i) eqn:C; [|discriminate]. intros E; injection E as <-.
    apply (some_false all). apply not_true_iff_false. intros F. apply holds_total in T; [|exact F].
    rewrite contradiction_false in T by exact C. discriminate.
  Qed.
End Soundness.
