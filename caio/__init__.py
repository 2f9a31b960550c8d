"""CAIO routes a request to a service and proves it was right to.

Importing this package loads nothing but itself: its rooms are imported when they are first touched
(``caio.routing`` and so on), and the checker runs on the standard library alone. Nothing in a host
application changes by importing it.
"""

from types import ModuleType

__all__ = ["__version__"]

__version__ = "0.1.0"

_ROOMS = frozenset(
    {
        "analysis",
        "base",
        "certify",
        "checker",
        "cli",
        "importers",
        "ir",
        "landscape",
        "obligations",
        "routing",
        "sema",
        "smt",
        "syntax",
    }
)


def __getattr__(name: str) -> ModuleType:
    """Import the room called `name` on first use."""
    if name not in _ROOMS:
        message = f"module `caio` has no attribute `{name}`"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - `import caio` stays light

    return import_module(f"caio.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS})
