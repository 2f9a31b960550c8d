"""CAIO routes a request to a service and proves it was right to.

>>> import caio
>>> project = caio.loads(shop)
>>> with caio.Router(project) as router:
...     match router.route("question", {"tokens": 500}):
...         case caio.Routed(service=service, version=version):
...             print("proved best:", service, version)
...         case refused:
...             print("refused:", refused)
proved best: small 1.0

Importing this package loads nothing but itself: its names and its rooms (``caio.routing`` and so on) are imported when
they are first touched, and the checker runs on the standard library alone. Nothing in a host application changes by
importing it.
"""

from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caio.base.errors import (
        CaioError,
        EvidenceError,
        InputError,
        InternalError,
        SolverError,
    )
    from caio.routing.admissions import Admission
    from caio.routing.payloads import Payload
    from caio.routing.projects import DocumentError, load, loads
    from caio.routing.results import Answer, Claim, NotRoutable, Routed, Routing, Undecided
    from caio.routing.router import AllowanceError, ClosedError, Router
    from caio.routing.verification import Selected, Verified, verify
    from caio.security.authentication import Authenticated, Authenticator
    from caio.security.files import load_authority, load_classifier, load_node_key
    from caio.security.refusal import RefusedError
    from caio.sema.project import Project

__all__ = [
    "Admission",
    "AllowanceError",
    "Answer",
    "Authenticated",
    "Authenticator",
    "CaioError",
    "Claim",
    "ClosedError",
    "DocumentError",
    "EvidenceError",
    "InputError",
    "InternalError",
    "NotRoutable",
    "Payload",
    "Project",
    "RefusedError",
    "Routed",
    "Router",
    "Routing",
    "Selected",
    "SolverError",
    "Undecided",
    "Verified",
    "__version__",
    "load",
    "load_authority",
    "load_classifier",
    "load_node_key",
    "loads",
    "verify",
]

__version__ = "0.1.0"

_HOMES = MappingProxyType(
    {
        "Admission": "caio.routing.admissions",
        "AllowanceError": "caio.routing.router",
        "Answer": "caio.routing.results",
        "Authenticated": "caio.security.authentication",
        "Authenticator": "caio.security.authentication",
        "CaioError": "caio.base.errors",
        "Claim": "caio.routing.results",
        "ClosedError": "caio.routing.router",
        "DocumentError": "caio.routing.projects",
        "EvidenceError": "caio.base.errors",
        "InputError": "caio.base.errors",
        "InternalError": "caio.base.errors",
        "NotRoutable": "caio.routing.results",
        "Payload": "caio.routing.payloads",
        "Project": "caio.sema.project",
        "RefusedError": "caio.security.refusal",
        "Routed": "caio.routing.results",
        "Router": "caio.routing.router",
        "Routing": "caio.routing.results",
        "Selected": "caio.routing.verification",
        "SolverError": "caio.base.errors",
        "Undecided": "caio.routing.results",
        "Verified": "caio.routing.verification",
        "load": "caio.routing.projects",
        "load_authority": "caio.security.files",
        "load_classifier": "caio.security.files",
        "load_node_key": "caio.security.files",
        "loads": "caio.routing.projects",
        "verify": "caio.routing.verification",
    }
)
"""Where each name of the library is defined."""

_ROOMS = frozenset(
    {
        "analysis",
        "audit",
        "base",
        "certify",
        "checker",
        "cli",
        "compose",
        "evidence",
        "execute",
        "fields",
        "importers",
        "ir",
        "landscape",
        "neighbours",
        "obligations",
        "routing",
        "security",
        "sema",
        "smt",
        "syntax",
    }
)


def __getattr__(name: str) -> ModuleType:
    """Import a name of the library, or the room called `name`, on first use."""
    if name not in _HOMES and name not in _ROOMS:
        message = f"module `caio` has no attribute `{name}`"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - `import caio` stays light

    if name in _ROOMS:
        return import_module(f"caio.{name}")
    found: ModuleType = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_ROOMS})
