"""The families of exceptions, by audience.

``InputError``: something from outside is wrong, and its sender can mend it. ``SolverError``: the solver process could
not do its work (never used for *unknown*, which is an answer). ``EvidenceError``: the checker rejected evidence that
CAIO produced. ``InternalError``: a bug in CAIO. The checker has exceptions of its own.
"""

from __future__ import annotations


class CaioError(Exception):
    """The base of everything CAIO raises on purpose; the message stands alone and says what to do.

    Whoever catches it has an answer to nothing: refuse what was asked.

    >>> try:
    ...     router.route("question", {"region": "mars"})
    ... except caio.CaioError as error:
    ...     print("refused:", error)
    refused: `region`: `mars` is no member of `Region` (there are: `eu`, `us`)
    """


class InputError(CaioError):
    """Input from outside that is malformed, missing or out of range: its sender can mend it.

    >>> router.route("qestion")
    Traceback (most recent call last):
    caio.base.errors.InputError: no request is named `qestion` (did you mean `question`?)
    """


class SolverError(CaioError):
    """The solver process died, hung, or answered something that is no answer, twice.

    Nothing is decided, and the next call starts a new process. It is never raised for *unknown*, which is an answer:

    >>> issubclass(caio.SolverError, caio.CaioError), issubclass(caio.Undecided, Exception)
    (True, False)
    """


class EvidenceError(CaioError):
    """Evidence that the checker did not accept; the decision it belongs to must not be used.

    >>> forged = json.loads(router.route("question").bundle())
    >>> forged["selected"]["service"] = "large"
    >>> try:
    ...     caio.verify(forged)
    ... except caio.EvidenceError as error:
    ...     print(error.code, error.path)
    verdict selected

    Attributes:
        code: what kind of flaw it is (``docs/spec/certificate-v1.md`` section 10), empty where the checker named none.
        path: the place in the certificate or in a document.
        expected: what should stand there.
        seen: what stands there.
    """

    def __init__(
        self, message: str, *, code: str = "", path: str = "", expected: str = "", seen: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.path = path
        self.expected = expected
        self.seen = seen


class InternalError(CaioError):
    """A broken invariant inside CAIO: a bug, which SECURITY.md says how to report. Nothing is decided.

    >>> issubclass(caio.InternalError, caio.InputError)
    False
    """
