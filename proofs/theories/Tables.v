(** * Numbered tables (certificate-v1, section 5)

    Atoms and gates share one numbering from 1, clauses have another. Entries are only ever
    appended, so that a number is never given twice. *)

From Coq Require Import PArith FMapPositive List Lia.
Import ListNotations.
Module M := PositiveMap.
Local Open Scope positive_scope.

Record table (A : Type) := Table { next : positive; entries : M.t A }.
Arguments Table {A}.
Arguments next {A}.
Arguments entries {A}.

Definition empty {A} : table A := Table 1 (M.empty A).
Definition lookup {A} (t : table A) (n : positive) : option A := M.find n (entries t).
Definition append {A} (t : table A) (a : A) : table A :=
  Table (Pos.succ (next t)) (M.add (next t) a (entries t)).
Definition of_list {A} (l : list A) : table A := fold_left append l empty.

(** Every number given so far lies below the next one. *)
Definition numbered {A} (t : table A) : Prop := forall n a, lookup t n = Some a -> n < next t.

Lemma find_add {A} (m : M.t A) n a k :
  M.find k (M.add n a m) = if Pos.eqb k n then Some a else M.find k m.
Proof. destruct (Pos.eqb_spec k n) as [->|D]; [apply M.gss|apply M.gso, D]. Qed.

Lemma lookup_append {A} (t : table A) a n :
  lookup (append t a) n = if Pos.eqb n (next t) then Some a else lookup t n.
Proof. apply find_add. Qed.

(** A number is never given twice: appending keeps what every number stands for. *)
Lemma append_keeps {A} (t : table A) a n b :
  numbered t -> lookup t n = Some b -> lookup (append t a) n = Some b.
Proof.
  intros N L. rewrite lookup_append. destruct (Pos.eqb_spec n (next t)) as [->|]; [|exact L].
  apply N in L. lia.
Qed.

Lemma append_only {A} (t : table A) a n b :
  lookup (append t a) n = Some b -> lookup t n = Some b \/ b = a.
Proof.
  rewrite lookup_append. destruct (Pos.eqb n (next t)); [right; congruence|left; assumption].
Qed.

Lemma append_numbered {A} (t : table A) a : numbered t -> numbered (append t a).
Proof.
  intros N n b. rewrite lookup_append. cbn. destruct (Pos.eqb_spec n (next t)) as [->|]; [lia|].
  intros L. apply N in L. lia.
Qed.

Lemma of_list_snoc {A} (l : list A) a : of_list (l ++ [a]) = append (of_list l) a.
Proof. unfold of_list. apply fold_left_app. Qed.

Lemma of_list_numbered {A} (l : list A) : numbered (of_list l).
Proof.
  induction l as [|a l IH] using rev_ind; [|rewrite of_list_snoc; apply append_numbered, IH].
  intros n b. unfold lookup. cbn. rewrite M.gempty. discriminate.
Qed.

Lemma of_list_in {A} (l : list A) n a : lookup (of_list l) n = Some a -> In a l.
Proof.
  induction l as [|b l IH] using rev_ind.
  - unfold lookup. cbn. rewrite M.gempty. discriminate.
  - rewrite of_list_snoc, in_app_iff. intros L. apply append_only in L as [L| ->]; cbn; auto.
Qed.

Lemma of_list_next {A} (l : list A) : next (of_list l) = Pos.of_succ_nat (length l).
Proof.
  induction l as [|a l IH] using rev_ind; [reflexivity|].
  rewrite of_list_snoc, app_length. cbn [next append]. rewrite IH. cbn. lia.
Qed.

(** The i-th entry of a list, counted from 0, has the number i+1. *)
Lemma of_list_nth {A} (l : list A) i : lookup (of_list l) (Pos.of_succ_nat i) = nth_error l i.
Proof.
  induction l as [|a l IH] using rev_ind.
  - unfold lookup. cbn. rewrite M.gempty. destruct i; reflexivity.
  - rewrite of_list_snoc, lookup_append, of_list_next, IH.
    destruct (Pos.eqb_spec (Pos.of_succ_nat i) (Pos.of_succ_nat (length l))) as [E|D].
    + assert (i = length l) as -> by lia. rewrite nth_error_app2, PeanoNat.Nat.sub_diag; auto.
    + destruct (Compare_dec.lt_dec i (length l)) as [L|L].
      * rewrite nth_error_app1; auto.
      * transitivity (@None A); [|symmetry]; apply nth_error_None; rewrite ?app_length; cbn; lia.
Qed.
