"""Answers of a given form, as far as a server can keep one to it."""

from operator import itemgetter
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass


def response_format(schema: Any) -> dict[str, Any]:
    """OpenAI's ``response_format`` for a pydantic class, a TypedDict or a JSON schema."""
    if isinstance(schema, dict) and schema.get("type") in ("json_schema", "regex"):
        return schema
    described = convert_to_json_schema(schema)
    name = str(described.get("title") or "answer").replace(" ", "_")
    return {"type": "json_schema", "json_schema": {"name": name, "schema": described}}


def keep_to_schema(
    model: BaseChatModel, schema: Any, *, include_raw: bool, **kwargs: Any
) -> Runnable[LanguageModelInput, Any]:
    """The model with its answers kept to the schema by the server, and parsed.

    Args:
        model: A chat model that understands ``response_format``.
        schema: A pydantic class (its instances are returned), a TypedDict or a JSON schema
            (plain objects are).
        include_raw: Return ``{"raw", "parsed", "parsing_error"}`` and do not raise.
        kwargs: Bound to the model too.
    """
    described = response_format(schema)
    bound = model.bind(
        response_format=described,
        ls_structured_output_format={"kwargs": {"method": "json_schema"}, "schema": schema},
        **kwargs,
    )
    parser: Any = JsonOutputParser()
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        parser = PydanticOutputParser(pydantic_object=schema)
    if not include_raw:
        chain: Runnable[LanguageModelInput, Any] = bound | parser
        return chain
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=bound) | parsed.with_fallbacks([failed], exception_key="parsing_error")
