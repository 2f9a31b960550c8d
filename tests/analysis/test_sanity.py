"""``caio check`` on rules that contradict each other in more ways than one."""

from __future__ import annotations

from pathlib import Path

from caio.analysis.sanity import check_documents
from caio.base.canonical import Json, canonical_bytes
from caio.certify.acceptance import accept
from caio.certify.prover import Prover
from caio.ir.encode import document_digest, document_json
from caio.sema.project import load_project

TEXT = """
vocabulary "w" {
  capability chat
  enum Place { a, b, c, d }
  request fields { kind: { x, y } }
  service attributes { place: Place }
}
rule not_ab { always service.place not in { a, b } }
rule not_bc { always service.place not in { b, c } }
rule not_d { when request.kind == x then service.place != d }
rule not_ad { when request.kind == y then service.place not in { a, d } }
rule not_d_either { when request.kind == x then service.place not in { b, d } }
"""


def test_irreducible_sets_that_share_a_subset_are_all_claimed(tmp_path: Path) -> None:
    (tmp_path / "w.caio").write_text(TEXT, "utf-8")
    project = load_project([str(tmp_path / "w.caio")], cache=tmp_path / "cache")
    with Prover() as prover:
        (report,) = check_documents(project, prover)
    # {not_ab, not_bc, not_d} and {not_ab, not_bc, not_d_either} rest on {not_ab, not_bc}, {not_bc, not_ad} on neither.
    assert len([f for f in report.findings if "together" in f.diagnostic.message]) == 3
    documents = sorted(report.documents, key=document_digest)
    listed: Json = {
        "format": "caio-documents/v1",
        "documents": [document_json(x) for x in documents],
    }
    accept([canonical_bytes(listed)], report.certificate)
