"""What the adapters of an agent's model declare to know, ready for questions."""

import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from chorei.adapters.declaration import Declaration, Declarations
from chorei.agent.claims import Claim, Claims
from chorei.core import Language, Settings, SettingsError


class Declared:
    """The claims of each adapter, read when it is first asked for.

    Args:
        declarations: Finds the declaration of an adapter; empty for the model's own.
        ignored: Words that say nothing about a subject, such as the company's name.
    """

    def __init__(self, declarations: Declarations, ignored: Collection[str] = ()) -> None:
        self._declarations = declarations
        self._ignored = tuple(ignored)
        self._claims: dict[str, Claims] = {}
        self._guard = threading.Lock()

    @classmethod
    def of(cls, chat: Any, settings: Settings) -> "Declared":
        """Those of a chat model: in its adapters' folders, or where the settings say.

        Raises:
            SettingsError: There is nothing where the settings say.
            AdapterError: The declaration of the model's own adapter is damaged.
        """
        place = settings.declarations
        if place is not None and not place.expanduser().exists():
            raise SettingsError(
                f"The setting 'declarations' names {place}, where there is nothing.",
                hint="Name a knows.json, an exported adapter's folder, or the registry.",
            )
        folders = getattr(chat, "adapters", None)
        reference = getattr(chat, "reference", None)
        declarations = Declarations(
            place.expanduser() if place else None,
            main=getattr(chat, "adapter", None) or "",
            folders=folders if isinstance(folders, Mapping) else None,
            model=Path(reference) if isinstance(reference, str) else None,
        )
        declarations()
        return cls(declarations, (settings.company, settings.assistant))

    def declaration(self, adapter: str) -> Declaration | None:
        """What an adapter declares; None if it declares nothing.

        Args:
            adapter: Its name; empty for the model's own.
        """
        return self._declarations(adapter)

    def claim(
        self, question: str, language: Language, background: str, adapter: str
    ) -> Claim | None:
        """The claim of an adapter to a question; see :meth:`Claims.claim`."""
        declaration = self._declarations(adapter)
        if declaration is None:
            return None
        with self._guard:
            claims = self._claims.get(adapter)
            if claims is None:
                claims = self._claims[adapter] = Claims(declaration, self._ignored)
        return claims.claim(question, language, background)
