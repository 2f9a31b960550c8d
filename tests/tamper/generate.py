"""Makes the vectors: `python -m tests.tamper.generate` rewrites docs/spec/vectors/tampered.

With `--cases` the good cases are decided afresh by the product as well.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.tamper import claims, evidence, structure, worlds
from tests.tamper.case import CASES, FOLDER, Case, canonical, judge, stored_cases
from tests.tamper.opinion import confirm
from tests.tamper.raw import Splice, splices
from tests.tamper.vector import ACCEPTED, Vector, at, serialised

STRUCTURE, SUBSTANCE, WORLDS, BYTES = "structure", "substance", "worlds", "bytes"

RAW_CASES = ("sane", "tied")
"""The cases whose bytes are broken: one of each format."""


Named = tuple[str, str, Case, Vector]
"""The file of a vector, the kind of place it is an example of, its case, and itself."""


def candidates(cases: Sequence[Case]) -> Iterator[Named]:
    """Every vector there is, those of small cases first."""
    by_size = sorted(cases, key=lambda case: (len(case.document_bytes), case.name))
    for file, modules in (
        (STRUCTURE, [structure]),
        (SUBSTANCE, [evidence, claims]),
        (WORLDS, [worlds]),
    ):
        for case in by_size:
            for module in modules:
                for name, vector in module.spread(case):
                    if not is_idle(case, vector):
                        yield file, name, case, vector


def with_rescored(named: Iterable[Named]) -> Iterator[Named]:
    """The same vectors, and after each changed world the one in which the scores are right."""
    for file, name, case, vector in named:
        yield file, name, case, vector
        if file == WORLDS and case.is_decision:
            other = worlds.rescored(case, vector)
            if other is not None:
                yield file, f"{name} rescored", case, other


def sampled(cases: Sequence[Case]) -> Iterator[Named]:
    """The vectors that are stored: the first for each kind of place."""
    seen: set[str] = set()

    def first() -> Iterator[Named]:
        for file, name, case, vector in candidates(cases):
            if name not in seen:
                seen.add(name)
                yield file, name, case, vector

    yield from with_rescored(first())


def is_idle(case: Case, vector: Vector) -> bool:
    """Whether a change puts what was there, such as the reverse of a list of one."""
    parts = [(case.certificate, operation) for operation in vector.certificate]
    for index, operations in vector.documents.items():
        parts += [(case.documents[index], operation) for operation in operations]
    return not vector.listed and all(
        operation["op"] == "replace"
        and canonical(at(value, operation["path"])) == canonical(operation["value"])
        for value, operation in parts
    )


def judged(case: Case, vector: Vector) -> Vector:
    """The vector with the code that the checker gives.

    Raises:
        AssertionError: the code is not one that the specification allows for such a change; or the
            change was accepted and the second opinion differs.
    """
    broken = vector.apply(case)
    code = judge(*serialised(broken))
    place = f"{vector.case}: {vector.kind}: {vector.desc}"
    assert code in vector.codes, f"{place}: {code}, not one of {sorted(vector.codes)}"
    if code == ACCEPTED:
        confirm(broken)
    return replace(vector, code=code)


def raw_splices(cases: Iterable[Case]) -> Iterator[tuple[Case, Splice]]:
    for case in cases:
        if case.name in RAW_CASES:
            yield from ((case, splice) for splice in splices(case))


def write(folder: Path, cases: Sequence[Case]) -> Counter[str]:
    """Write all vector files; how often each code occurs."""
    lines: dict[str, list[str]] = {STRUCTURE: [], SUBSTANCE: [], WORLDS: [], BYTES: []}
    codes: Counter[str] = Counter()
    for file, _, case, vector in sampled(cases):
        known = judged(case, vector)
        codes[known.code] += 1
        lines[file].append(known.line())
    for case, splice in raw_splices(cases):
        code = judge(*splice.apply(case))
        assert code in splice.codes, f"{splice}: {code}"
        codes[code] += 1
        lines[BYTES].append(json.dumps({"code": code, **splice.json()}, separators=(",", ":")))
    for file, found in lines.items():
        (folder / f"{file}.jsonl").write_text("\n".join(found) + "\n", "utf-8")
    return codes


def make_cases() -> None:
    """Decide the good cases with the product, and keep them."""
    from caio.certify.prover import Prover
    from tests.tamper.good import MAKERS

    CASES.mkdir(parents=True, exist_ok=True)
    for path in CASES.glob("*.json"):
        path.unlink()
    with Prover() as prover:
        for make in MAKERS:
            case = make(prover)
            assert judge(*serialised(case)) == ACCEPTED, case.name
            confirm(case)
            case.write()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tamper.generate", description=__doc__)
    parser.add_argument("--cases", action="store_true", help="decide the good cases afresh")
    if parser.parse_args(arguments).cases:
        make_cases()
    codes = write(FOLDER, stored_cases())
    for code, count in codes.most_common():
        sys.stdout.write(f"{count:6} {code}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
