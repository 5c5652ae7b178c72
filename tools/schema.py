"""The arguments of a tool: what a model is told about them, and how they are checked."""

import difflib
import functools
import inspect
import json
import typing
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError

from chorei.core import ToolArgumentError, ToolError

NO_SUCH: Final = "there is no such argument"

_MOST_FAULTS: Final = 5
_LONGEST_VALUE: Final = 60


class ArgumentSchema:
    """The arguments of a tool.

    Args:
        json: The JSON schema of the object of arguments.
        model: The pydantic model that checks them; without one the JSON schema does.
    """

    def __init__(self, json: dict[str, Any], model: type[BaseModel] | None = None) -> None:
        self.json = json
        self.model = model
        self.names: tuple[str, ...] = tuple(
            dict.fromkeys((*json.get("properties", {}), *(model.model_fields if model else ())))
        )
        self.required: tuple[str, ...] = tuple(json.get("required", ()))
        self._validator: Any = None

    @classmethod
    def of_model(cls, model: type[BaseModel]) -> "ArgumentSchema":
        """The fields of a pydantic model.

        Raises:
            ToolError: A field has no JSON schema.
        """
        try:
            return cls(model.model_json_schema(), model)
        except PydanticUserError as error:
            raise ToolError(
                f"The arguments {model.__name__} have no JSON schema: {_first_line(error)}",
                hint="Use types that JSON can express.",
            ) from None

    @classmethod
    def of_function(
        cls, function: Callable[..., Any], descriptions: Mapping[str, str]
    ) -> "ArgumentSchema":
        """The parameters of a function.

        Args:
            function: A function with type hints.
            descriptions: What each parameter is, by name.

        Raises:
            ToolError: A parameter has no type hint, or is positional only or variadic.
        """
        return cls.of_model(_model_of(function, descriptions))

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the tool takes them.

        Args:
            arguments: JSON values by name; see :func:`chorei.tools.arguments.json_arguments`.

        Raises:
            ToolArgumentError: They do not fit; the message says what came and what is expected.
        """
        faults = [] if self._open else [*self._unknown(arguments)]
        if self.model is None:
            faults += self._against_json(arguments)
            if faults:
                raise ToolArgumentError(told(faults))
            return dict(arguments)
        try:
            # As JSON, so that a strict model takes the list for a tuple and the text for a date.
            checked = self.model.model_validate_json(json.dumps(dict(arguments)))
        except ValidationError as error:
            # Unknown arguments are told already, with the nearest name.
            more = [e for e in faults_of(error) if not e.endswith(NO_SUCH)]
            raise ToolArgumentError(told([*faults, *more])) from None
        if faults:
            raise ToolArgumentError(told(faults))
        values = {name: getattr(checked, name) for name in type(checked).model_fields}
        return values | (checked.model_extra or {})

    def line(self, name: str) -> str:
        """The schema as one line: ``search(query: string, k: integer = 5)``."""
        parts = []
        for argument, field in self.json.get("properties", {}).items():
            part = f"{argument}: {_kind(field)}"
            if argument not in self.required:
                default = field.get("default") if isinstance(field, Mapping) else None
                part += f" = {json.dumps(default, ensure_ascii=False)}"
            parts.append(part)
        return f"{name}({', '.join(parts)})"

    @property
    def _open(self) -> bool:
        """Whether arguments that are not named are welcome.

        A schema that names some and is silent about others is taken to name all: a model that
        invents an argument must hear of it.
        """
        if "additionalProperties" in self.json:
            return bool(self.json["additionalProperties"])
        return self.model is None and (
            not self.json.get("properties") or "patternProperties" in self.json
        )

    def _unknown(self, arguments: Mapping[str, Any]) -> Iterable[str]:
        for name in arguments:
            if name not in self.names:
                near = difflib.get_close_matches(name, self.names, n=1)
                meant = f"; did you mean '{near[0]}'?" if near else ""
                yield f"{cut(name)}: {NO_SUCH}{meant}"

    def _against_json(self, arguments: Mapping[str, Any]) -> list[str]:
        if self._validator is None:
            # jsonschema takes 0.1 s to import, and few tools are described by a dictionary.
            from jsonschema.validators import validator_for  # type: ignore[import-untyped]
            from referencing import Registry

            # The empty registry keeps a reference in a schema from being fetched over the network.
            self._validator = validator_for(self.json)(self.json, registry=Registry())
        return [
            f"{'.'.join(map(str, error.absolute_path)) or 'arguments'}: {cut(error.message, 200)}"
            for error in self._validator.iter_errors(dict(arguments))
            if error.validator != "additionalProperties" or error.absolute_path
        ]


def _model_of(function: Callable[..., Any], descriptions: Mapping[str, str]) -> type[BaseModel]:
    name = getattr(function, "__name__", type(function).__name__)
    hinted: Any = function
    while isinstance(hinted, functools.partial):
        hinted = hinted.func
    if not inspect.isroutine(hinted):
        hinted = type(hinted).__call__
    name = getattr(hinted, "__name__", name)
    try:
        hints = typing.get_type_hints(hinted, include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        raise ToolError(f"The type hints of '{name}' cannot be read: {error}.") from None
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ToolError(
                f"The parameter '{parameter.name}' of '{name}' has no name of its own.",
                hint="A tool is called by the names of its arguments; use ordinary parameters.",
            )
        if parameter.name not in hints or parameter.name.startswith("_"):
            raise ToolError(
                f"The parameter '{parameter.name}' of '{name}' has no type hint"
                " or begins with an underscore.",
                hint=f"Write, for example, '{parameter.name.lstrip('_')}: str'.",
            )
        default = ... if parameter.default is parameter.empty else parameter.default
        described = Field(default, description=descriptions.get(parameter.name))
        fields[parameter.name] = (hints[parameter.name], described)
    config = ConfigDict(extra="forbid", protected_namespaces=(), coerce_numbers_to_str=True)
    with warnings.catch_warnings():
        # A parameter may be called as a method of pydantic ("copy"); only its value is read.
        warnings.filterwarnings("ignore", message='Field name "')
        try:
            return create_model(name, __config__=config, **fields)
        except PydanticUserError as error:
            raise ToolError(
                f"A parameter of '{name}' has a type that cannot be checked: {_first_line(error)}",
                hint="Use types that JSON can express, or pydantic models of them.",
            ) from None


def faults_of(error: ValidationError) -> list[str]:
    """What is wrong, argument by argument: its place, what came and what is expected."""
    faults = []
    for fault in error.errors(include_url=False, include_context=False):
        place = ".".join(map(str, fault["loc"])) or "arguments"
        if fault["type"] == "extra_forbidden":
            faults.append(f"{place}: {NO_SUCH}")
        elif fault["type"] == "missing":
            faults.append(f"{place}: is required and missing")
        else:
            came = json.dumps(fault["input"], ensure_ascii=False, default=str)
            faults.append(f"{place}: {fault['msg']}, but {cut(came)} came")
    return faults


def told(faults: list[str]) -> str:
    """The first few faults in one line."""
    shown = "; ".join(faults[:_MOST_FAULTS])
    more = len(faults) - _MOST_FAULTS
    return f"{shown}; and {more} more" if more > 0 else shown


def _kind(field: Any) -> str:
    if not isinstance(field, Mapping):
        return "any"
    if "enum" in field:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in field["enum"])
    if "const" in field:
        return json.dumps(field["const"], ensure_ascii=False)
    for several in ("anyOf", "oneOf"):
        if several in field:
            return " | ".join(dict.fromkeys(_kind(option) for option in field[several]))
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    kind = field.get("type", "any")
    if isinstance(kind, list):
        return " | ".join(map(str, kind))
    if kind == "array" and isinstance(field.get("items"), Mapping) and field["items"]:
        return f"array of {_kind(field['items'])}"
    return f"{kind} ({field['format']})" if "format" in field else str(kind)


def cut(text: str, limit: int = _LONGEST_VALUE) -> str:
    """The text, shortened to so many characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
