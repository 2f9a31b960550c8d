(** * Variables, inequalities and the normal form of atoms (certificate-v1, sections 2 and 3) *)

From Coq Require Import ZArith QArith PArith Bool List Lia Lqa.
From CAIO Require Import Numbers Tables.
Import ListNotations.
Local Open Scope Q_scope.

(** ** Variables and valuations

    Variables are numbered in the increasing order of their names, so that comparing numbers is
    comparing names. *)

Definition variable := positive.
Inductive sort := Int | Real.

(** The variables that occur in a clause form, each with its sort. *)
Definition sorts := M.t sort.
Definition known (vars : sorts) (x : variable) : bool := M.mem x vars.
Definition is_int (vars : sorts) (x : variable) : bool :=
  match M.find x vars with Some Int => true | _ => false end.

(** A valuation respects the sorts if variables of sort int have integer values. *)
Definition valuation := variable -> Q.
Definition respects (vars : sorts) (v : valuation) : Prop :=
  forall x, is_int vars x = true -> integral (v x).

(** ** Sums

    A sum [c1*x1 + ... + cn*xn] is the list of its terms. Coefficients are integers in atoms and
    rationals before normalisation; [toQ] says what they stand for. *)

Fixpoint sum {A} (toQ : A -> Q) (v : valuation) (ts : list (variable * A)) : Q :=
  match ts with
  | [] => 0
  | (x, c) :: rest => toQ c * v x + sum toQ v rest
  end.

(** Adding one term to a sum whose variables increase. *)
Fixpoint insert {A} (add : A -> A -> A) (x : variable) (c : A) (ts : list (variable * A))
  : list (variable * A) :=
  match ts with
  | [] => [(x, c)]
  | (y, d) :: rest =>
      match Pos.compare x y with
      | Lt => (x, c) :: ts
      | Eq => (x, add c d) :: rest
      | Gt => (y, d) :: insert add x c rest
      end
  end.

Lemma sum_insert {A} (toQ : A -> Q) (add : A -> A -> A) v x c ts :
  (forall a b, toQ (add a b) == toQ a + toQ b) ->
  sum toQ v (insert add x c ts) == toQ c * v x + sum toQ v ts.
Proof.
  intros Add. induction ts as [|[y d] ts IH]; cbn; [ring|].
  destruct (Pos.compare_spec x y) as [->|L|L]; cbn; [rewrite Add| |rewrite IH]; ring.
Qed.

(** Changing every coefficient. *)
Definition map_coefficients {A B} (f : A -> B) (ts : list (variable * A)) : list (variable * B) :=
  map (fun t => (fst t, f (snd t))) ts.

Lemma map_coefficients_variables {A B} (f : A -> B) ts :
  map fst (map_coefficients f ts) = map fst ts.
Proof. unfold map_coefficients. rewrite map_map. apply map_ext. reflexivity. Qed.

(** Multiplying every coefficient multiplies the sum. *)
Lemma sum_map_coefficients {A B} (toA : A -> Q) (toB : B -> Q) (f : A -> B) s v ts :
  (forall x c, In (x, c) ts -> toB (f c) == s * toA c) ->
  sum toB v (map_coefficients f ts) == s * sum toA v ts.
Proof.
  unfold map_coefficients. induction ts as [|[x c] ts IH]; cbn; intros E; [ring|].
  rewrite IH by (intros; eapply E; right; eassumption).
  rewrite (E x c) by (left; reflexivity). ring.
Qed.

(** ** Inequalities and atoms

    [terms <= bound], or [terms < bound] if strict. An atom is an inequality in normal form. *)

Definition linear := list (variable * Z).
Record inequality := Inequality { terms : linear; bound : Q; strict : bool }.
Notation atom := inequality.

Definition value (v : valuation) (ts : linear) : Q := sum inject_Z v ts.
Definition holds (v : valuation) (i : inequality) : bool :=
  compare (strict i) (value v (terms i)) (bound i).

Arguments value : simpl never.

Lemma holds_spec v i :
  holds v i = true <->
  if strict i then value v (terms i) < bound i else value v (terms i) <= bound i.
Proof. apply compare_spec. Qed.

(** ** Normal form

    The rules 1 to 4 of section 3, for an atom over known variables. *)

Fixpoint increasing (xs : list variable) : bool :=
  match xs with
  | x :: ((y :: _) as rest) => Pos.ltb x y && increasing rest
  | _ => true
  end.
Definition nonzero (ts : linear) : bool := forallb (fun t => negb (Z.eqb (snd t) 0)) ts.
Definition content (ts : linear) : Z := fold_right (fun t g => Z.gcd (snd t) g) 0%Z ts.
Definition leading_positive (ts : linear) : bool :=
  match ts with (_, c) :: _ => Z.ltb 0 c | [] => false end.
Definition all_int (vars : sorts) (ts : linear) : bool := forallb (fun t => is_int vars (fst t)) ts.
Definition tight (vars : sorts) (a : atom) : bool :=
  negb (all_int vars (terms a)) || (whole (bound a) && negb (strict a)).

Definition normal (vars : sorts) (a : atom) : bool :=
  forallb (known vars) (map fst (terms a))
  && increasing (map fst (terms a)) && nonzero (terms a)   (* rule 1 *)
  && Z.eqb (content (terms a)) 1   (* rule 2 *)
  && leading_positive (terms a)   (* rule 3 *)
  && tight vars a   (* rule 4 *)
  && lowest_terms (bound a).   (* section 1 *)

Lemma normal_tight vars a : normal vars a = true -> tight vars a = true.
Proof. unfold normal. rewrite !andb_true_iff. tauto. Qed.

(** ** The opposite of an inequality

    What the negation of an atom says, as an inequality: over the integers [-terms <= -bound-1],
    otherwise [-terms < -bound] or, if the atom is strict, [-terms <= -bound]. *)

Definition negated (ts : linear) : linear := map_coefficients Z.opp ts.
Definition opposite (vars : sorts) (a : inequality) : inequality :=
  if all_int vars (terms a) then Inequality (negated (terms a)) (- bound a - 1) false
  else Inequality (negated (terms a)) (- bound a) (negb (strict a)).

Lemma value_negated v ts : value v (negated ts) == - value v ts.
Proof.
  unfold value, negated. rewrite (sum_map_coefficients inject_Z inject_Z Z.opp (-(1))); [ring|].
  intros. rewrite inject_Z_opp. ring.
Qed.

Lemma value_integral vars v ts : respects vars v -> all_int vars ts = true -> integral (value v ts).
Proof.
  intros R. unfold value. induction ts as [|[x c] ts IH]; cbn; intros I; [exists 0%Z; reflexivity|].
  apply andb_prop in I as [I J]. destruct (IH J) as [z E], (R x I) as [w F].
  exists (c * w + z)%Z. rewrite E, F, inject_Z_plus, inject_Z_mult. reflexivity.
Qed.

(** The opposite is the exact negation, under every valuation that respects the sorts, of an
    inequality that rule 4 admits. Of others it is not: see [Counterexample.v]. *)
Theorem opposite_correct vars v a :
  respects vars v -> tight vars a = true -> holds v (opposite vars a) = negb (holds v a).
Proof.
  intros R T. unfold tight, opposite, holds in *. destruct (all_int vars (terms a)) eqn:I; cbn in *.
  - apply andb_prop in T as [W S]. apply negb_true_iff in S. rewrite S.
    rewrite <- opposite_integral; [|eapply value_integral; eassumption|apply whole_integral, W].
    apply compare_compat; [apply value_negated|reflexivity].
  - rewrite <- compare_opposite. apply compare_compat; [apply value_negated|reflexivity].
Qed.
