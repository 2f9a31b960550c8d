"""The libraries of the extra ``execute``: needed by whoever calls services, and by nobody else.

A module that needs one imports it within ``needed``, so that importing the module without it says what to install.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from caio.base.errors import InputError


class MissingExtraError(InputError, ImportError):
    """A library that calling services needs is not installed."""


@contextmanager
def needed() -> Iterator[None]:
    """Turn a failed import into an error that says what to install.

    Raises:
        MissingExtraError: the library is not there.
    """
    try:
        yield
    except ImportError as error:
        name = (error.name or "a library").partition(".")[0]
        raise MissingExtraError(
            f'calling services needs `{name}`, which is not installed: pip install "caio-router[execute]"'
        ) from error
