"""Run in an interpreter of its own (``python -I -S``): has the checker judge cases, and says what it said of each.

Reads one JSON object from standard input and writes one to standard output. Only the standard library and the checker
are imported, and the modules that were loaded are reported, so that the caller sees it.
"""

import json
import sys
from collections.abc import Mapping

import caio
from caio import checker

CHARSET = "latin-1"
"""How bytes that need not be UTF-8 travel in JSON: one character each."""


def judged(case: Mapping[str, object]) -> dict[str, object]:
    """What the checker says of one case: accepted, rejected with code and place, or ended in another exception."""
    documents, certificate = (
        str(case[name]).encode(CHARSET) for name in ("documents", "certificate")
    )
    budget = case.get("budget")
    try:
        loaded = checker.load(documents)
        if isinstance(budget, int):
            checker.check(loaded, certificate, budget=budget)
        else:
            checker.check(loaded, certificate)
    except checker.Rejection as rejection:
        return {"accepted": False, "code": rejection.code, "path": rejection.path}
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer, and the next case has its turn
        return {"accepted": None, "crash": type(error).__name__}
    return {"accepted": True}


def main() -> None:
    """Judge all cases."""
    cases = json.load(sys.stdin)["cases"]
    answers = [judged(case) for case in cases]
    report = {"version": caio.__version__, "answers": answers, "modules": sorted(sys.modules)}
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
