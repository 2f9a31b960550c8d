(** * Normalisation (certificate-v1, section 3)

    From an inequality with rational coefficients to a literal of an atom in normal form, or to a
    truth value. Clause-level proofs do not need it; it is the bridge to the level of formulas,
    whose atoms are all made this way. *)

From Coq Require Import ZArith QArith Qreduction Qround PArith Bool List Lia Lqa.
From CAIO Require Import Numbers Tables Atoms.
Import ListNotations.
Local Open Scope Q_scope.

Definition rational_terms := list (variable * Q).
Definition id_Q (q : Q) : Q := q.

(** A literal is the atom ([true]) or its negation ([false]). *)
Inductive result := Truth (b : bool) | Literal (positive : bool) (a : atom).
Definition result_holds (v : valuation) (r : result) : bool :=
  match r with Truth b => b | Literal p a => if p then holds v a else negb (holds v a) end.

(** Variables in increasing order, each once, no zero coefficient (rule 1). *)
Definition collect (ts : rational_terms) : rational_terms :=
  filter (fun t => negb (Qeq_bool (snd t) 0))
    (fold_right (fun t acc => insert Qplus (fst t) (snd t) acc) [] ts).

(** Coprime integer coefficients (rule 2): times a common denominator, by the content. *)
Definition common_denominator (ts : rational_terms) : Z :=
  fold_right (fun t d => Z.lcm (QDen (snd t)) d) 1%Z ts.
Definition clear (d : Z) (ts : rational_terms) : linear :=
  map_coefficients (fun q => (Qnum q * (d / QDen q))%Z) ts.
Definition divide (g : Z) (ts : linear) : linear := map_coefficients (fun c => (c / g)%Z) ts.
Definition coprime (ts : rational_terms) (strict : bool) (k : Q) : inequality :=
  let d := common_denominator ts in
  let cleared := clear d ts in
  Inequality (divide (content cleared) cleared)
    (Qred (inject_Z d * k / inject_Z (content cleared))) strict.

(** Over the integers an integer bound and not strict (rule 3). *)
Definition tighten (vars : sorts) (i : inequality) : inequality :=
  if all_int vars (terms i) then
    Inequality (terms i)
      (inject_Z (if strict i then Qceiling (bound i) - 1 else Qfloor (bound i))) false
  else i.

(** The first coefficient positive (rule 4); otherwise the literal is a negation. *)
Definition normalise (vars : sorts) (ts : rational_terms) (strict : bool) (k : Q) : result :=
  match collect ts with
  | [] => Truth (compare strict 0 k)
  | _ :: _ =>
      let tightened := tighten vars (coprime (collect ts) strict k) in
      if leading_positive (terms tightened) then Literal true tightened
      else Literal false (opposite vars tightened)
  end.

(** ** The literal is equivalent to the inequality *)

Lemma sum_collect v ts : sum id_Q v (collect ts) == sum id_Q v ts.
Proof.
  unfold collect.
  transitivity
    (sum id_Q v (fold_right (fun t acc => insert Qplus (fst t) (snd t) acc) [] ts)).
  - generalize (fold_right (fun t acc => insert Qplus (fst t) (snd t) acc) [] ts).
    induction l as [|[x q] l IH]; cbn; [reflexivity|].
    destruct (Qeq_bool q 0) eqn:Z; cbn; rewrite IH.
    + apply Qeq_bool_iff in Z. unfold id_Q. rewrite Z. ring.
    + reflexivity.
  - induction ts as [|[x q] ts IH]; cbn; [reflexivity|].
    rewrite (sum_insert id_Q Qplus) by (intros; reflexivity). rewrite IH. reflexivity.
Qed.

Lemma common_denominator_divides x q ts :
  In (x, q) ts -> (QDen q | common_denominator ts)%Z.
Proof.
  induction ts as [|[y r] ts IH]; cbn; [contradiction|]. intros [E|I].
  - injection E as -> ->. apply Z.divide_lcm_l.
  - eapply Z.divide_trans; [apply IH, I|apply Z.divide_lcm_r].
Qed.

Lemma common_denominator_positive ts : (0 < common_denominator ts)%Z.
Proof.
  induction ts as [|[x q] ts IH]; cbn [common_denominator fold_right]; [lia|].
  fold (common_denominator ts). pose proof (Z.lcm_nonneg (QDen q) (common_denominator ts)).
  assert (Z.lcm (QDen q) (common_denominator ts) <> 0)%Z; [|cbn; lia].
  intros E. apply Z.lcm_eq_0 in E. lia.
Qed.

Lemma cleared_coefficient d q :
  (QDen q | d)%Z -> inject_Z (Qnum q * (d / QDen q)) == inject_Z d * q.
Proof.
  intros [e ->]. rewrite Z.div_mul by discriminate. destruct q as [n m]. unfold Qeq; cbn. ring.
Qed.

Lemma value_clear v ts :
  value v (clear (common_denominator ts) ts) == inject_Z (common_denominator ts) * sum id_Q v ts.
Proof.
  unfold value, clear.
  rewrite (sum_map_coefficients id_Q inject_Z (fun q => Qnum q * (common_denominator ts / QDen q))%Z
             (inject_Z (common_denominator ts))); [reflexivity|].
  intros x q I. apply cleared_coefficient. eapply common_denominator_divides, I.
Qed.

Lemma content_divides x c ts : In (x, c) ts -> (content ts | c)%Z.
Proof.
  induction ts as [|[y d] ts IH]; cbn; [contradiction|]. intros [E|I].
  - injection E as -> ->. apply Z.gcd_divide_l.
  - eapply Z.divide_trans; [apply Z.gcd_divide_r|apply IH, I].
Qed.

Lemma value_divide v ts :
  (content ts <> 0)%Z -> inject_Z (content ts) * value v (divide (content ts) ts) == value v ts.
Proof.
  intros N. assert (~ inject_Z (content ts) == 0) as NQ.
  { intros E. apply N. change 0 with (inject_Z 0) in E. apply inject_Z_injective, E. }
  unfold value, divide.
  rewrite (sum_map_coefficients inject_Z inject_Z (fun c => c / content ts)%Z
             (/ inject_Z (content ts))).
  - field. exact NQ.
  - intros x c I. destruct (content_divides _ _ _ I) as [e E]. rewrite E at 1.
    rewrite Z.div_mul by exact N. rewrite E, inject_Z_mult. field. exact NQ.
Qed.

Lemma content_nonneg ts : (0 <= content ts)%Z.
Proof. destruct ts; cbn; [lia|apply Z.gcd_nonneg]. Qed.

Lemma content_positive ts : ts <> [] -> nonzero ts = true -> (0 < content ts)%Z.
Proof.
  destruct ts as [|[x c] ts]; [contradiction|]. cbn. intros _ N. apply andb_prop in N as [N _].
  apply negb_true_iff, Z.eqb_neq in N. pose proof (Z.gcd_nonneg c (content ts)).
  assert (Z.gcd c (content ts) <> 0)%Z; [|unfold content in *; lia].
  intros E. apply Z.gcd_eq_0 in E. tauto.
Qed.

Lemma collect_nonzero x q ts : In (x, q) (collect ts) -> ~ q == 0.
Proof.
  unfold collect. rewrite filter_In. cbn. intros [_ N] E. apply Qeq_bool_iff in E. rewrite E in N.
  discriminate.
Qed.

Lemma nonzero_cleared ts :
  (forall x q, In (x, q) ts -> ~ q == 0) -> nonzero (clear (common_denominator ts) ts) = true.
Proof.
  intros N. apply forallb_forall. intros [x c] I. unfold clear, map_coefficients in I.
  apply in_map_iff in I as ([y q] & E & I). injection E as -> <-. cbn.
  apply negb_true_iff, Z.eqb_neq. intros E. apply (N _ _ I).
  pose proof (cleared_coefficient _ _ (common_denominator_divides _ _ _ I)) as C.
  rewrite E in C. pose proof (common_denominator_positive ts) as P. rewrite Zlt_Qlt in P.
  change (inject_Z 0) with 0 in *. symmetry in C. apply Qmult_integral in C as [C|C]; [lra|exact C].
Qed.

Lemma content_cleared_positive ts :
  collect ts <> [] ->
  (0 < content (clear (common_denominator (collect ts)) (collect ts)))%Z.
Proof.
  intros N. apply content_positive.
  - unfold clear. destruct (collect ts); [contradiction|discriminate].
  - apply nonzero_cleared. intros x q. apply collect_nonzero.
Qed.

Lemma holds_coprime v ts strict k :
  collect ts <> [] ->
  holds v (coprime (collect ts) strict k) = compare strict (sum id_Q v (collect ts)) k.
Proof.
  intros N. apply content_cleared_positive in N. unfold holds, coprime.
  cbn [terms bound Atoms.strict].
  set (qs := collect ts) in *. set (d := common_denominator qs) in *.
  set (g := content (clear d qs)) in *.
  assert (0 < inject_Z g) as G by (change 0 with (inject_Z 0); rewrite <- Zlt_Qlt; exact N).
  assert (0 < inject_Z d) as D
    by (change 0 with (inject_Z 0); rewrite <- Zlt_Qlt; apply common_denominator_positive).
  rewrite <- (compare_scale strict _ _ _ G), <- (compare_scale strict _ (sum id_Q v qs) k D).
  apply compare_compat.
  - unfold g. rewrite value_divide by (fold g; lia). apply value_clear.
  - rewrite Qred_correct. field. lra.
Qed.

Lemma holds_tighten vars v i : respects vars v -> holds v (tighten vars i) = holds v i.
Proof.
  intros R. unfold tighten. destruct (all_int vars (terms i)) eqn:I; [|reflexivity].
  destruct (value_integral _ _ _ R I) as [z Z]. unfold holds. cbn [terms bound strict].
  assert (forall s k, compare s (value v (terms i)) k = compare s (inject_Z z) k) as E
    by (intros; apply compare_compat; [exact Z|reflexivity]).
  rewrite !E. destruct (strict i); symmetry; [apply tighten_lt|apply tighten_le].
Qed.

Lemma tight_tighten vars i : tight vars (tighten vars i) = true.
Proof.
  unfold tight, tighten.
  destruct (all_int vars (terms i)) eqn:I; cbn [terms]; rewrite I; reflexivity.
Qed.

Theorem normalise_equivalent vars v ts strict k :
  respects vars v ->
  result_holds v (normalise vars ts strict k) = compare strict (sum id_Q v ts) k.
Proof.
  intros R. transitivity (compare strict (sum id_Q v (collect ts)) k).
  2: apply compare_compat; [apply sum_collect|reflexivity].
  unfold normalise. destruct (collect ts) as [|t qs] eqn:C; [reflexivity|].
  rewrite <- C. assert (collect ts <> []) as N by (rewrite C; discriminate).
  rewrite <- holds_coprime by exact N. set (i := coprime (collect ts) strict k).
  rewrite <- (holds_tighten vars v i R).
  destruct (leading_positive _); cbn; [reflexivity|].
  rewrite opposite_correct; [apply negb_involutive|exact R|apply tight_tighten].
Qed.

(** ** The atom is in normal form *)

Lemma increasing_cons x xs :
  increasing (x :: xs) = true <-> Forall (Pos.lt x) xs /\ increasing xs = true.
Proof.
  revert x. induction xs as [|y xs IH]; intros x; [cbn; intuition|].
  change (increasing (x :: y :: xs)) with (Pos.ltb x y && increasing (y :: xs)).
  rewrite andb_true_iff, Pos.ltb_lt. split.
  - intros [L I]. split; [|exact I]. constructor; [exact L|]. apply IH in I as [F _].
    eapply Forall_impl; [|exact F]. intros z Z. cbn in Z. lia.
  - intros [F I]. inversion F. auto.
Qed.

Lemma forall_insert {A} (P : variable -> Prop) (add : A -> A -> A) x c ts :
  P x -> Forall P (map fst ts) -> Forall P (map fst (insert add x c ts)).
Proof.
  intros X. induction ts as [|[y d] ts IH]; cbn; intros F; [auto|].
  inversion F; subst. destruct (Pos.compare_spec x y) as [->|L|L]; cbn; auto.
Qed.

Lemma increasing_insert {A} (add : A -> A -> A) x c ts :
  increasing (map fst ts) = true -> increasing (map fst (insert add x c ts)) = true.
Proof.
  induction ts as [|[y d] ts IH]; [reflexivity|]. cbn [map fst insert]. intros I.
  pose proof (proj1 (increasing_cons _ _) I) as [F J].
  destruct (Pos.compare_spec x y) as [->|L|L]; cbn [map fst].
  - exact I.
  - apply increasing_cons. split; [|exact I]. constructor; [exact L|].
    eapply Forall_impl; [|exact F]. intros z Z. cbn in Z. lia.
  - apply increasing_cons. split; [apply forall_insert; assumption|apply IH, J].
Qed.

Lemma forall_filter {A} (P : variable -> Prop) (f : variable * A -> bool) ts :
  Forall P (map fst ts) -> Forall P (map fst (filter f ts)).
Proof.
  induction ts as [|t ts IH]; cbn; intros F; [auto|]. inversion F; subst.
  destruct (f t); cbn; auto.
Qed.

Lemma increasing_filter {A} (f : variable * A -> bool) ts :
  increasing (map fst ts) = true -> increasing (map fst (filter f ts)) = true.
Proof.
  induction ts as [|t ts IH]; [reflexivity|]. cbn [map filter]. intros I.
  apply increasing_cons in I as [F I]. destruct (f t); [|apply IH, I].
  cbn [map]. apply increasing_cons. split; [apply forall_filter, F|apply IH, I].
Qed.

Lemma increasing_collect ts : increasing (map fst (collect ts)) = true.
Proof.
  apply increasing_filter. induction ts as [|t ts IH]; [reflexivity|]. apply increasing_insert, IH.
Qed.

Lemma known_collect vars ts :
  forallb (known vars) (map fst ts) = true -> forallb (known vars) (map fst (collect ts)) = true.
Proof.
  rewrite !forallb_forall, <- !Forall_forall. intros F. apply forall_filter.
  induction ts as [|t ts IH]; [constructor|]. inversion F; subst. apply forall_insert; auto.
Qed.

Lemma divides_content g ts : (forall x c, In (x, c) ts -> (g | c)%Z) -> (g | content ts)%Z.
Proof.
  induction ts as [|[x c] ts IH]; cbn; intros D; [apply Z.divide_0_r|].
  apply Z.gcd_greatest; [eapply D; left; reflexivity|]. apply IH. intros y d I.
  eapply D; right; exact I.
Qed.

Lemma content_divide g ts :
  (0 < g)%Z -> (forall x c, In (x, c) ts -> (g | c)%Z) ->
  content (divide g ts) = (content ts / g)%Z.
Proof.
  intros G. induction ts as [|[x c] ts IH]; intros D; [symmetry; apply Z.div_0_l; lia|].
  assert (forall x c, In (x, c) ts -> (g | c)%Z) as D' by (intros; eapply D; right; eassumption).
  change (Z.gcd (c / g) (content (divide g ts)) = (Z.gcd c (content ts) / g)%Z).
  rewrite IH by exact D'. apply Z.gcd_div_factor; [exact G| |apply divides_content, D'].
  eapply D; left; reflexivity.
Qed.

Lemma nonzero_divide ts : nonzero ts = true -> nonzero (divide (content ts) ts) = true.
Proof.
  unfold nonzero. rewrite !forallb_forall. intros N [x c] I. unfold divide, map_coefficients in I.
  apply in_map_iff in I as ([y d] & E & I). injection E as -> <-. cbn.
  specialize (N _ I). cbn in N. apply negb_true_iff, Z.eqb_neq in N. apply negb_true_iff, Z.eqb_neq.
  intros E. apply N. destruct (content_divides _ _ _ I) as [e ->].
  destruct (Z.eq_dec (content ts) 0) as [->|G]; [lia|]. rewrite Z.div_mul in E by exact G. lia.
Qed.

Lemma content_negated ts : content (negated ts) = content ts.
Proof.
  unfold content, negated, map_coefficients. induction ts as [|t ts IH]; cbn; [reflexivity|].
  rewrite IH. apply Z.gcd_opp_l.
Qed.

Lemma nonzero_negated ts : nonzero (negated ts) = nonzero ts.
Proof. induction ts as [|[x []] ts IH]; cbn; auto. Qed.

Lemma all_int_negated vars ts : all_int vars (negated ts) = all_int vars ts.
Proof.
  unfold all_int, negated, map_coefficients. induction ts as [|t ts IH]; cbn; [reflexivity|].
  rewrite IH. reflexivity.
Qed.

Lemma leading_negated ts :
  ts <> [] -> nonzero ts = true -> leading_positive ts = false ->
  leading_positive (negated ts) = true.
Proof. destruct ts as [|[x []] ts]; cbn; auto; discriminate || contradiction. Qed.

Lemma lowest_terms_opp q : lowest_terms (- q) = lowest_terms q.
Proof. unfold lowest_terms. destruct q as [n d]. cbn. rewrite Z.gcd_opp_l. reflexivity. Qed.

Lemma whole_lowest_terms q : whole q = true -> lowest_terms q = true.
Proof.
  unfold whole, lowest_terms. intros W. apply Pos.eqb_eq in W. rewrite W. apply Z.eqb_eq, Z.gcd_1_r.
Qed.

(** The opposite of an inequality that has everything but the sign of rule 3. *)
Lemma normal_opposite vars i :
  forallb (known vars) (map fst (terms i)) = true -> increasing (map fst (terms i)) = true ->
  nonzero (terms i) = true -> content (terms i) = 1%Z -> terms i <> [] ->
  leading_positive (terms i) = false -> tight vars i = true -> lowest_terms (bound i) = true ->
  normal vars (opposite vars i) = true.
Proof.
  intros K I N C E L T B. unfold normal, opposite, tight in *.
  destruct (all_int vars (terms i)) eqn:A; cbn [terms bound strict];
    rewrite all_int_negated, A, content_negated, nonzero_negated, leading_negated, N, C
      by assumption;
    unfold negated; rewrite map_coefficients_variables, K, I; cbn [negb andb orb Z.eqb Pos.eqb].
  - apply andb_prop in T as [W _]. assert (whole (- bound i - 1) = true) as W'.
    { unfold whole in *. destruct (bound i) as [n d]. apply Pos.eqb_eq in W. cbn in W. subst.
      reflexivity. }
    rewrite W', whole_lowest_terms by exact W'. reflexivity.
  - rewrite lowest_terms_opp, B. reflexivity.
Qed.

Theorem normalise_normal vars ts strict k p a :
  forallb (known vars) (map fst ts) = true -> normalise vars ts strict k = Literal p a ->
  normal vars a = true.
Proof.
  intros K. unfold normalise. destruct (collect ts) as [|t qs] eqn:Q; [discriminate|]. rewrite <- Q.
  assert (collect ts <> []) as E by (rewrite Q; discriminate). clear Q t qs.
  set (i := tighten vars (coprime (collect ts) strict k)). set (qs := collect ts) in *.
  set (cs := clear (common_denominator qs) qs). set (g := content cs).
  assert (0 < g)%Z as G by apply content_cleared_positive, E.
  assert (nonzero cs = true) as N by (apply nonzero_cleared; intros x q; apply collect_nonzero).
  assert (terms i = divide g cs) as TI.
  { unfold i, tighten. destruct (all_int vars (terms (coprime qs strict k))); reflexivity. }
  assert (map fst (terms i) = map fst qs) as F.
  { rewrite TI. unfold divide, cs, clear. rewrite !map_coefficients_variables. reflexivity. }
  assert (content (terms i) = 1%Z) as C.
  { rewrite TI, content_divide; [apply Z.div_same; lia|exact G|]. intros x c.
    apply content_divides. }
  assert (nonzero (terms i) = true) as NI by (rewrite TI; apply nonzero_divide, N).
  assert (terms i <> []) as EI.
  { intros Z. rewrite Z in F. destruct qs; [contradiction|discriminate]. }
  assert (tight vars i = true) as T by apply tight_tighten.
  assert (lowest_terms (bound i) = true) as B.
  { unfold i, tighten. destruct (all_int _ _); cbn [bound].
    - apply whole_lowest_terms. reflexivity.
    - apply lowest_terms_red. }
  assert (forallb (known vars) (map fst (terms i)) = true) as KI
    by (rewrite F; apply known_collect, K).
  assert (increasing (map fst (terms i)) = true) as II by (rewrite F; apply increasing_collect).
  destruct (leading_positive (terms i)) eqn:L; intros H; injection H as <- <-.
  - unfold normal. rewrite KI, II, NI, C, L, T, B. reflexivity.
  - apply normal_opposite; assumption.
Qed.
