"""Values that only the code which had them checked, or verified them, can make.

What an application acts on must not be of a type that it makes by mistake, changes, copies into another, or reads back
from bytes: an answer that the checker accepted, the facts of a verified token. Types keep mistakes out; Python cannot
stop whoever reaches for the underscored names of another module.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Never, Self, TypeVar

SEAL: Final = object()
"""What a class names to be one of the kinds."""
_Sealed = TypeVar("_Sealed", bound="Sealed")


class Sealed:
    """A value that is made by ``sealed`` alone."""

    __slots__ = ("__weakref__", "_held")

    _origin: ClassVar[str] = ""
    """Where such a value comes from, for those who try to make one."""
    _instead: ClassVar[str] = ""
    """What to keep or send in its place, for those who try to pickle one."""

    def __new__(cls, *_: object, **__: object) -> Self:
        """Refuse: whoever has nothing that was verified cannot make this value."""
        raise TypeError(
            f"a `{cls.__name__}` cannot be made, because nothing has verified it: {cls._origin}"
        )

    def __init_subclass__(cls, *, seal: object = None) -> None:
        if seal is not SEAL:
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
            f" {self._instead}"
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
