"""LangChain's own tests for chat models, against the fakes of the servers."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from tgi_fake import FakeNative, FakeTGI, FakeVLLM

from chorei.adapters.servers import ServerChatModel, ServerClient, dialect_for


def params(kind: str, address: str) -> dict[str, Any]:
    return {"dialect": dialect_for(kind, address), "server": ServerClient(address)}


class TestUnit(ChatModelUnitTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ServerChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return params("tgi", "http://127.0.0.1:9")


class Integration(ChatModelIntegrationTests):
    kind: ClassVar[str]
    fake: ClassVar[Callable[[], FakeTGI]]
    address: ClassVar[str]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _server(cls) -> Iterator[None]:
        with cls.fake() as server:
            cls.address = server.address
            yield
            assert server.invalid == []

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ServerChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return params(self.kind, self.address)

    @property
    def supports_json_mode(self) -> bool:
        # "Any JSON" does not tell a fake which keys are wanted.
        return False

    @property
    def supports_image_inputs(self) -> bool:
        return False


class TestTGI(Integration):
    kind = "tgi"
    fake = FakeTGI


class TestVLLM(Integration):
    kind = "vllm"
    fake = FakeVLLM


@pytest.mark.filterwarnings("ignore:TGI /generate does not force tools")
class TestRawTGI(Integration):
    kind = "tgi+raw"
    fake = FakeNative

    @pytest.fixture(autouse=True)
    def _jinja(self) -> None:
        pytest.importorskip("jinja2", reason="tgi+raw needs jinja2 (extra `local`)")

    @property
    def has_tool_choice(self) -> bool:
        # A raw prompt cannot force the model.
        return False
