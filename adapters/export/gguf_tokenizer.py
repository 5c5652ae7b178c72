"""A tokenizer as llama.cpp keeps it inside a GGUF file."""

import json
from pathlib import Path
from typing import Any, Final

from chorei.core import AdapterError

# How a byte-level BPE cuts text before it merges, by the pattern in tokenizer.json. The names are
# llama.cpp's (src/llama-vocab.cpp), which carries the same patterns.
_WORDS: Final = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST: Final = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_PATTERNS: Final = {
    _WORDS + r"\p{N}" + _REST: "qwen2",
    _WORDS + r"\p{N}{1,3}" + _REST: "llama-bpe",
}


def copy_tokenizer(writer: Any, file: Path) -> None:
    """Take the tokenizer over from another GGUF file, unchanged.

    Args:
        writer: A ``gguf.GGUFWriter``.
        file: The other file.
    """
    from gguf import GGUFReader

    for name, field in GGUFReader(str(file)).fields.items():
        if name.startswith("tokenizer."):
            kinds = field.types
            inner = kinds[-1] if len(kinds) > 1 else None
            writer.add_key_value(name, field.contents(), kinds[0], sub_type=inner)


def write_tokenizer(writer: Any, folder: Path, vocabulary: int) -> None:
    """Write the tokenizer of a model's folder.

    Args:
        writer: A ``gguf.GGUFWriter``.
        folder: Holds ``tokenizer.json``.
        vocabulary: Rows of the model's embedding; tokens that are missing are filled up.

    Raises:
        AdapterError: It is no byte-level BPE that is known here.
    """
    from gguf import SpecialVocab, TokenType
    from transformers import AutoTokenizer

    before = pre_tokenizer(folder)
    tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    names = {number: token for token, number in tokenizer.get_vocab().items()}
    added = tokenizer.added_tokens_decoder
    tokens, kinds = [], []
    for number in range(vocabulary):
        tokens.append(names.get(number, f"[PAD{number}]"))
        if number not in names:
            kinds.append(TokenType.UNUSED)
        elif number in added:
            kinds.append(TokenType.CONTROL if added[number].special else TokenType.USER_DEFINED)
        else:
            kinds.append(TokenType.NORMAL)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(before)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    special = SpecialVocab(folder, load_merges=True, n_vocab=vocabulary)
    special.chat_template = tokenizer.chat_template or special.chat_template
    special.add_special_token.setdefault("bos", _adds_bos(tokenizer))
    special.add_to_gguf(writer, quiet=True)


def pre_tokenizer(folder: Path) -> str:
    """llama.cpp's name for how a tokenizer cuts text before it merges.

    Raises:
        AdapterError: It is not known here.
    """
    path = folder / "tokenizer.json"
    found: dict[str, Any] = {}
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
    model, cut = found.get("model") or {}, found.get("pre_tokenizer") or {}
    steps = cut.get("pretokenizers", [cut])
    kinds = [step.get("type") for step in steps]
    if model.get("type") == "BPE" and kinds == ["ByteLevel"]:
        return "gpt-2"
    if model.get("type") == "BPE" and kinds == ["Digits", "ByteLevel"]:
        return "smollm"
    pattern = (steps[0].get("pattern") or {}).get("Regex", "") if kinds[0] == "Split" else ""
    if model.get("type") == "BPE" and pattern in _PATTERNS:
        return _PATTERNS[pattern]
    raise AdapterError(
        "The tokenizer of the base cannot be written as GGUF here; known are byte-level BPE as in"
        " GPT-2, SmolLM, Llama 3 and Qwen2 to 3.",
        hint="Export with --for vllm --merge, and convert that folder with llama.cpp's"
        " convert_hf_to_gguf.py.",
    )


def _adds_bos(tokenizer: Any) -> bool:
    first = tokenizer("a")["input_ids"][:1]
    return tokenizer.bos_token_id is not None and first == [tokenizer.bos_token_id]
