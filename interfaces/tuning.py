"""Settings of generation, changed while a chat runs."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chorei.core import Generation


def changed(current: "Generation", argument: str) -> "Generation":
    """The settings with one of them changed.

    Args:
        current: The settings so far.
        argument: ``KEY=VALUE``; an empty value leaves it to the model again.

    Raises:
        SettingsError: The key is unknown, or the value does not fit.
    """
    from pydantic import ValidationError

    from chorei.core import SettingsError

    key, equals, value = (part.strip() for part in argument.partition("="))
    known = [name for name in type(current).model_fields if name != "stop"]
    if not equals or key not in known:
        raise SettingsError(
            f"'{argument}' is not a setting of generation.",
            hint=f"Write KEY=VALUE with one of: {', '.join(known)}",
        )
    fields = current.model_dump() | {key: value or None}
    try:
        return type(current).model_validate(fields)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].lower()
        raise SettingsError(f"'{value}' does not fit {key}: {reason}.") from None


def listed(generation: "Generation") -> str:
    """The settings in one line."""
    fields = generation.model_dump(exclude_none=True)
    return ", ".join(f"{key}={value}" for key, value in fields.items()) or "All left to the model."
