"""How large a model is, read from its config without loading it."""

import json
from pathlib import Path
from typing import Any

from chorei.core import Frozen, ModelNameError


class Shape(Frozen):
    """The dimensions of a decoder.

    Attributes:
        label: The model's name.
        layers: Transformer layers.
        hidden: Width.
        intermediate: Width of the feed-forward part.
        heads: Query heads.
        kv_heads: Key and value heads.
        head_size: Width of a head.
        vocabulary: Tokens.
        tied: Whether input and output embeddings are one matrix.
    """

    label: str
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    tied: bool

    @property
    def linears(self) -> tuple[tuple[int, int], ...]:
        """Inputs and outputs of the linear layers of one transformer layer."""
        query, key = self.heads * self.head_size, self.kv_heads * self.head_size
        return (
            (self.hidden, query),
            (self.hidden, key),
            (self.hidden, key),
            (query, self.hidden),
            (self.hidden, self.intermediate),
            (self.hidden, self.intermediate),
            (self.intermediate, self.hidden),
        )

    @property
    def parameters(self) -> int:
        """All parameters but the norms' scales of heads (under 0.01%)."""
        layer = sum(i * o for i, o in self.linears) + 2 * self.hidden
        embeddings = self.vocabulary * self.hidden * (1 if self.tied else 2)
        return self.layers * layer + embeddings + self.hidden

    @property
    def rows(self) -> int:
        """Rows of all linear layers, the output layer included where it is a matrix of its own."""
        return self.layers * sum(o for _, o in self.linears) + (0 if self.tied else self.vocabulary)

    def lora_parameters(self, rank: int) -> int:
        """Parameters of LoRA on all linear layers: rank times inputs plus outputs of each."""
        return self.layers * sum(rank * (i + o) for i, o in self.linears)

    def cache_bytes(self, bytes_each: int = 2) -> int:
        """Key-value cache per token."""
        return 2 * self.layers * self.kv_heads * self.head_size * bytes_each


def shape_of(reference: str) -> Shape:
    """The shape of a model on this machine.

    Args:
        reference: A folder, a GGUF file or ``smollm2``.

    Raises:
        ModelNameError: It is not here, or no decoder whose config can be read.
    """
    from chorei.adapters.local.references import find

    source = find(reference)
    if source.kind == "gguf":
        return _from_gguf(Path(source.location), source.label)
    if source.kind == "hub":
        raise ModelNameError(
            f"The model '{reference}' is not on this machine.", hint="Name its folder."
        )
    text = (Path(source.location) / "config.json").read_text(encoding="utf-8")
    return from_config(json.loads(text), source.label)


def from_config(config: dict[str, Any], label: str) -> Shape:
    """The shape that a ``config.json`` describes.

    Raises:
        ModelNameError: It describes no such decoder.
    """
    config = config.get("text_config", config)
    try:
        heads, hidden = int(config["num_attention_heads"]), int(config["hidden_size"])
        return Shape(
            label=label,
            layers=int(config["num_hidden_layers"]),
            hidden=hidden,
            intermediate=int(config["intermediate_size"]),
            heads=heads,
            kv_heads=int(config.get("num_key_value_heads") or heads),
            head_size=int(config.get("head_dim") or hidden // heads),
            vocabulary=int(config["vocab_size"]),
            tied=bool(config.get("tie_word_embeddings", False)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelNameError(f"The config of '{label}' is no decoder's: {error}.") from None


def _from_gguf(path: Path, label: str) -> Shape:
    from gguf import GGUFReader

    reader: Any = GGUFReader(str(path))
    architecture = reader.fields["general.architecture"].contents()

    def value(name: str, default: int = 0) -> int:
        field = reader.fields.get(f"{architecture}.{name}")
        return int(field.contents()) if field else default

    heads, hidden = value("attention.head_count"), value("embedding_length")
    names = {tensor.name: tensor for tensor in reader.tensors}
    return Shape(
        label=label,
        layers=value("block_count"),
        hidden=hidden,
        intermediate=value("feed_forward_length"),
        heads=heads,
        kv_heads=value("attention.head_count_kv", heads),
        head_size=value("attention.key_length", hidden // heads),
        vocabulary=int(names["token_embd.weight"].shape[1]),
        tied="output.weight" not in names,
    )
