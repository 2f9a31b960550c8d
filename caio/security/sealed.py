"""Values that only the code which verified them can make.

What is routed on must not be of a type that an application makes by mistake, changes, copies into another, or reads
back from bytes. Types keep mistakes out; Python cannot stop whoever reaches for the underscored names of a module.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Never, Self, TypeVar

SEAL: Final = object()
"""What a class names to be one of the kinds."""
_Sealed = TypeVar("_Sealed", bound="Sealed")


class Sealed:
    """A value that is made by ``sealed`` alone."""

    __slots__ = ("_held",)

    _origin: ClassVar[str] = ""
    """Where such a value comes from, for those who try to make one."""

    def __new__(cls, *_: object, **__: object) -> Self:
        """Refuse: whoever has nothing that was verified cannot make this value."""
        raise TypeError(
            f"a `{cls.__name__}` cannot be made, because nothing has verified it: {cls._origin}"
        )

    def __init_subclass__(cls, *, seal: object = None) -> None:
        if seal is not SEAL:
            raise TypeError(f"`{cls.__name__}` cannot extend a verified value: it would not be one")
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
            " Send a signed attestation instead"
        )

    def _content(self) -> Any:
        """What this value was sealed with; a shell that was not made by ``sealed`` holds nothing."""
        kind, held = getattr(self, "_held", (None, None))
        if kind is not type(self):
            raise TypeError(f"this `{type(self).__name__}` was not verified: {self._origin}")
        return held


def sealed(kind: type[_Sealed], held: object) -> _Sealed:
    """The value of this kind with this content. Only for code that verified the content."""
    value = object.__new__(kind)
    object.__setattr__(value, "_held", (kind, held))
    return value
