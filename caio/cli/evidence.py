"""Where the evidence of questions over all requests is kept between runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caio.certify.answers import Answers


def kept_answers(cache: bool | Path) -> Answers | None:  # noqa: FBT001 - mirrors the option
    """The evidence of earlier runs: in a folder, in the user's own for True, none for False."""
    from caio.base.store import default_folder  # noqa: PLC0415 - only where something is proved
    from caio.certify.answers import Answers  # noqa: PLC0415

    if cache is False:
        return None
    return Answers(default_folder() if cache is True else cache)
