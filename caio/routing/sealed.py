"""Values that only the code which had them checked can make.

Scores, candidates and files say nothing about admission; an answer of the checker does. What an application acts on is
therefore of a type that it cannot make by itself, nor change, copy into another, or read back from bytes. This keeps
mistakes out, as types do; Python cannot stop whoever reaches for the underscored names of another module.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Never, Self, TypeVar

_SEAL: Final = object()
_Sealed = TypeVar("_Sealed", bound="Sealed")


class Sealed:
    """A value that is made by ``sealed`` alone."""

    __slots__ = ("__weakref__", "_held")

    _origin: ClassVar[str] = ""
    """Where such a value comes from, for those who try to make one."""

    def __new__(cls, *_: object, **__: object) -> Self:
        """Refuse: whoever has nothing that was verified cannot make this value."""
        raise TypeError(
            f"a `{cls.__name__}` cannot be made, because nothing has verified it: {cls._origin}"
        )

    def __init_subclass__(cls, *, seal: object = None) -> None:
        if seal is not _SEAL:
            raise TypeError(
                f"`{cls.__name__}` cannot extend a verified value: its own would not be"
            )
        super().__init_subclass__()

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"`{name}` of a `{type(self).__name__}` cannot be set: it is verified")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"`{name}` of a `{type(self).__name__}` cannot be deleted")

    def __copy__(self) -> Self:
        # Nothing about it ever changes: it is its own copy.
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(
            f"a `{type(self).__name__}` cannot be pickled: bytes from elsewhere are not verified."
            " Keep the decision itself, and give it to `caio.verify`"
        )

    def _content(self) -> Any:
        """What this value was sealed with; a shell that was not made by ``sealed`` holds nothing."""
        kind, held = getattr(self, "_held", (None, None))
        if kind is not type(self):
            raise TypeError(f"this `{type(self).__name__}` was not verified: {self._origin}")
        return held


def sealed(kind: type[_Sealed], held: object) -> _Sealed:
    """The value of this kind with this content. Only for code that had the content checked."""
    value = object.__new__(kind)
    object.__setattr__(value, "_held", (kind, held))
    return value


SEAL: Final = _SEAL
"""What a class names to be one of the kinds."""
