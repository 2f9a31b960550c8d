(** * Examples, computed by the checker: accepted ones, and each of them broken *)

From Coq Require Import ZArith QArith PArith Bool List.
From CAIO Require Import Numbers Tables Atoms Literals Clauses Farkas Propagation Checker.
From CAIO Require Import Soundness Normalise.
Import ListNotations.
Local Open Scope positive_scope.

(** [terms <= bound] and [terms < bound]. *)
Definition le (ts : linear) (k : Q) : atom := Inequality ts k false.
Definition lt (ts : linear) (k : Q) : atom := Inequality ts k true.

(** ** Mixed sorts, a strict atom and a gate

    [x] is an integer, [y] a real. Atoms: 1 is [x <= 2], 2 is [x - y <= 0], 3 is [y < 3]; 4 is the
    gate of [2 and 3]. The clauses say [x > 2] and the gate. *)
Module Mixed.
  Definition x : variable := 1.
  Definition y : variable := 2.
  Definition vars : sorts := M.add x Int (M.add y Real (M.empty sort)).
  Definition mixed : form :=
    Form vars
      [Atom (le [(x, 1%Z)] 2); Atom (le [(x, 1%Z); (y, (-1)%Z)] 0); Atom (lt [(y, 1%Z)] 3); Gate]
      [[Minus 1]; [Minus 4; Plus 2]; [Minus 4; Plus 3]; [Plus 4; Minus 2; Minus 3]; [Plus 4]].

  (** [x >= 3], [x - y <= 0] and [y < 3] sum to [0 < 0]. *)
  Definition sums : step := Farkas [(Minus 1, 1%Z); (Plus 2, 1%Z); (Plus 3, 1%Z)].

  Example accepted : check mixed (Proof [] [sums; Rup [] [5; 2; 3; 1; 6]]) = true.
  Proof. reflexivity. Qed.
  Corollary unsatisfiable : ~ satisfiable mixed.
  Proof. exact (accepted_proof_refutes _ _ accepted). Qed.

  (** Multipliers: one that does not cancel, zero, a negative one. *)
  Definition bad (m : Z) : step := Farkas [(Minus 1, 1%Z); (Plus 2, m); (Plus 3, 1%Z)].
  Example multiplier_that_does_not_cancel :
    check mixed (Proof [] [bad 2; Rup [] [5; 2; 3; 1; 6]]) = false.
  Proof. reflexivity. Qed.
  Example multiplier_zero : check mixed (Proof [] [bad 0; Rup [] [5; 2; 3; 1; 6]]) = false.
  Proof. reflexivity. Qed.
  Example multiplier_negative :
    check mixed (Proof [] [Farkas [(Plus 1, (-1)%Z); (Plus 2, 1%Z); (Plus 3, 1%Z)];
                           Rup [] [5; 2; 3; 1; 6]]) = false.
  Proof. reflexivity. Qed.

  (** Pairs: none, a literal twice, the literal of a gate, one without a number. *)
  Example no_pair : farkas vars (of_list (numbers mixed)) [] = None.
  Proof. reflexivity. Qed.
  Example literal_twice : farkas vars (of_list (numbers mixed))
    [(Minus 1, 1%Z); (Minus 1, 1%Z); (Plus 2, 2%Z); (Plus 3, 2%Z)] = None.
  Proof. reflexivity. Qed.
  Example literal_of_a_gate : farkas vars (of_list (numbers mixed)) [(Plus 4, 1%Z)] = None.
  Proof. reflexivity. Qed.
  Example literal_of_nothing : farkas vars (of_list (numbers mixed)) [(Plus 5, 1%Z)] = None.
  Proof. reflexivity. Qed.

  (** Hints: not unit, true already, one after the conflict, one of a clause to come; none at all
      in conflict. *)
  Example hint_not_unit : check mixed (Proof [] [sums; Rup [] [2; 5; 3; 1; 6]]) = false.
  Proof. reflexivity. Qed.
  Example hint_true_already : check mixed (Proof [] [sums; Rup [] [5; 2; 2; 3; 1; 6]]) = false.
  Proof. reflexivity. Qed.
  Example hint_after_the_conflict :
    check mixed (Proof [] [sums; Rup [] [5; 2; 3; 1; 6; 1]]) = false.
  Proof. reflexivity. Qed.
  Example hint_to_come : check mixed (Proof [] [sums; Rup [] [5; 2; 3; 1; 7]]) = false.
  Proof. reflexivity. Qed.
  Example hints_without_conflict : check mixed (Proof [] [sums; Rup [] [5; 2; 3; 1]]) = false.
  Proof. reflexivity. Qed.

  (** The empty clause: missing, not last, not derived by any step. *)
  Example empty_clause_missing : check mixed (Proof [] [sums]) = false.
  Proof. reflexivity. Qed.
  Example empty_clause_not_last :
    check mixed (Proof [] [sums; Rup [] [5; 2; 3; 1; 6]; Rup [Minus 1] [1]]) = false.
  Proof. reflexivity. Qed.
  Example no_step : check mixed (Proof [] []) = false.
  Proof. reflexivity. Qed.

  (** Without the clause [x > 2] there is a witness; it must have every variable, no other, integers
      for integers, and make every clause true. *)
  Definition open_form : form := Form vars (numbers mixed) (tl (clauses mixed)).
  Definition assign (px : list (variable * Q)) : witness :=
    Witness (fold_right (fun p m => M.add (fst p) (snd p) m) (M.empty Q) px)
      (M.add 4 true (M.empty bool)).
  Example witness_accepted : check_witness open_form (assign [(x, 2); (y, 5 # 2)]%Q) = true.
  Proof. reflexivity. Qed.
  Example witness_not_integer : check_witness open_form (assign [(x, 5 # 2); (y, 5 # 2)]%Q) = false.
  Proof. reflexivity. Qed.
  Example witness_lacks_y : check_witness open_form (assign [(x, 0)]%Q) = false.
  Proof. reflexivity. Qed.
  Example witness_adds_a_variable :
    check_witness open_form (assign [(x, 2); (y, 5 # 2); (3%positive, 0)]%Q) = false.
  Proof. reflexivity. Qed.
  Example witness_falsifies_a_clause : check_witness open_form (assign [(x, 2); (y, 3)]%Q) = false.
  Proof. reflexivity. Qed.
End Mixed.

(** ** A split over a fresh atom

    [x] and [y] are integers, [x = 1] and [x = 2y], which has rational solutions but no integer one.
    Atoms: 1 is [x <= 0], 2 is [x <= 1], 3 is [x - 2y <= 0], 4 is [x - 2y <= -1]. *)
Module Parity.
  Definition x : variable := 1.
  Definition y : variable := 2.
  Definition vars : sorts := M.add x Int (M.add y Int (M.empty sort)).
  Definition parity : form :=
    Form vars
      [Atom (le [(x, 1%Z)] 0); Atom (le [(x, 1%Z)] 1);
       Atom (le [(x, 1%Z); (y, (-2)%Z)] 0); Atom (le [(x, 1%Z); (y, (-2)%Z)] (-1))]
      [[Minus 1]; [Plus 2]; [Plus 3]; [Minus 4]].

  Definition split : list step :=
    [ Farkas [(Minus 1, 1%Z); (Plus 3, 1%Z); (Plus 5, 2%Z)];    (* 5: not y <= 0, as x >= 1 *)
      Farkas [(Plus 2, 1%Z); (Minus 4, 1%Z); (Minus 5, 2%Z)];   (* 6: not y >= 1, as x <= 1 *)
      Rup [Minus 5] [1; 3; 5];
      Rup [Plus 5] [2; 4; 6];
      Rup [] [7; 8] ].

  Example accepted : check parity (Proof [le [(y, 1%Z)] 0] split) = true.
  Proof. reflexivity. Qed.

  (** Over the rationals the same proof is rejected, as it must be: [y = 1/2]. *)
  Definition rational : form :=
    Form (M.add x Real (M.add y Real (M.empty sort))) (numbers parity) (clauses parity).
  Example rejected_over_rationals : check rational (Proof [le [(y, 1%Z)] 0] split) = false.
  Proof. reflexivity. Qed.

  (** Fresh atoms that are not in normal form, speak of another variable, or are there already. *)
  Example bound_not_an_integer : check parity (Proof [le [(y, 1%Z)] (1 # 2)] split) = false.
  Proof. reflexivity. Qed.
  Example bound_not_in_lowest_terms : check parity (Proof [le [(y, 1%Z)] (0 # 2)] split) = false.
  Proof. reflexivity. Qed.
  Example strict_over_integers : check parity (Proof [lt [(y, 1%Z)] 1] split) = false.
  Proof. reflexivity. Qed.
  Example coefficients_not_coprime : check parity (Proof [le [(y, 2%Z)] 0] split) = false.
  Proof. reflexivity. Qed.
  Example first_coefficient_negative : check parity (Proof [le [(y, (-1)%Z)] 0] split) = false.
  Proof. reflexivity. Qed.
  Example coefficient_zero : check parity (Proof [le [(x, 0%Z); (y, 1%Z)] 0] split) = false.
  Proof. reflexivity. Qed.
  Example variables_not_increasing : check parity (Proof [le [(y, 1%Z); (x, 1%Z)] 0] split) = false.
  Proof. reflexivity. Qed.
  Example no_term : check parity (Proof [le [] 0] split) = false.
  Proof. reflexivity. Qed.
  Example unknown_variable : check parity (Proof [le [(3, 1%Z)] 0] split) = false.
  Proof. reflexivity. Qed.
  Example there_already : check parity (Proof [le [(y, 1%Z)] 0; le [(x, 1%Z)] 1] split) = false.
  Proof. reflexivity. Qed.
  Example twice : check parity (Proof [le [(y, 1%Z)] 0; le [(y, 1%Z)] 0] split) = false.
  Proof. reflexivity. Qed.
End Parity.

(** ** Normalisation *)
Module Normal.
  Definition x : variable := 1.
  Definition y : variable := 2.
  Definition vars : sorts := M.add x Int (M.add y Real (M.empty sort)).

  (** [-2x < -3] over the integers is [x >= 2], that is, not [x <= 1]. *)
  Example integer : normalise vars [(x, -2)]%Q true (-3) = Literal false (le [(x, 1%Z)] 1).
  Proof. reflexivity. Qed.
  (** [x/2 - y/3 <= 1/6] is [3x - 2y <= 1]; the order of terms does not matter. *)
  Example mixed : normalise vars [(y, -1 # 3); (x, 1 # 2)]%Q false (1 # 6)
    = Literal true (le [(x, 3%Z); (y, (-2)%Z)] 1).
  Proof. reflexivity. Qed.
  (** [-y <= 1/2] is not [y < -1/2]. *)
  Example real : normalise vars [(y, -1)]%Q false (1 # 2) = Literal false (lt [(y, 1%Z)] (-1 # 2)).
  Proof. reflexivity. Qed.
  (** [x - x < 0] is false. *)
  Example truth : normalise vars [(x, 1); (x, -1)]%Q true 0 = Truth false.
  Proof. reflexivity. Qed.
End Normal.
