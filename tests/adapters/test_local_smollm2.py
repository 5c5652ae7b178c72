"""The 135M model end to end, and LangChain's standard tests with it."""

import asyncio
import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import local_models
import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.tools import tool
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from chorei.adapters.local import LocalChatModel, LocalEngine, local_chat_model
from chorei.core import Generation
from chorei.core.errors import (
    AdapterNotFoundError,
    ContextLengthError,
    ModelSettingError,
)

pytestmark = local_models.needs_weights()

FRANCE = "What is the capital of France?"
VIETNAM = "Repeat after me: Nước Việt Nam độc lập, người Việt Nam tự do."


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", local_models.CACHE)


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    LocalEngine.close_all()
    gc.collect()


def chat(**settings: Any) -> LocalChatModel:
    return local_chat_model("smollm2", generation=Generation(**{"max_new_tokens": 16, **settings}))


def test_it_answers() -> None:
    answer = chat().invoke(FRANCE)
    assert "Paris" in str(answer.content)
    used = answer.usage_metadata
    assert used is not None
    assert used["total_tokens"] == used["input_tokens"] + used["output_tokens"]
    assert answer.response_metadata["finish_reason"] == "stop"
    assert chat(max_new_tokens=2).invoke(FRANCE).response_metadata["finish_reason"] == "length"


async def test_streaming_says_the_same_in_whole_characters() -> None:
    model = chat()
    whole = model.invoke(VIETNAM)
    pieces = [chunk async for chunk in model.astream(VIETNAM)]
    assert "".join(str(p.content) for p in pieces) == whole.content
    assert [str(p.content) for p in model.stream(VIETNAM) if p.content] == [
        str(p.content) for p in pieces if p.content
    ]
    assert "ệ" in str(whole.content)
    assert not any("\ufffd" in str(p.content) for p in pieces)
    total = sum((p.usage_metadata or {}).get("output_tokens", 0) for p in pieces)
    assert total == whole.usage_metadata["output_tokens"]


def test_a_stop_string_never_shows() -> None:
    whole = str(chat().invoke(FRANCE).content)
    assert "of France" in whole
    for stop in ("of France", "France is", "e is P"):
        pieces = [str(p.content) for p in chat().stream(FRANCE, stop=[stop])]
        assert "".join(pieces) == whole.partition(stop)[0]


def test_settings_of_a_call_go_before_those_of_the_model() -> None:
    model = chat(temperature=0.9, seed=1)
    assert model.invoke(FRANCE).content == model.invoke(FRANCE).content
    assert model.invoke(FRANCE).content != model.invoke(FRANCE, seed=5).content
    assert model.invoke(FRANCE, temperature=0).content == chat().invoke(FRANCE).content
    with pytest.raises(ModelSettingError, match="no setting 'warmth'"):
        model.invoke(FRANCE, warmth=3)
    with pytest.raises(ModelSettingError, match="'temperature' does not fit"):
        model.invoke(FRANCE, temperature=-1)


def test_a_repetition_penalty_changes_the_text() -> None:
    text = "Write the word 'leave' ten times."
    assert chat().invoke(text).content != chat(repetition_penalty=1.5).invoke(text).content


async def test_the_loop_is_free_and_cancelling_stops() -> None:
    model = chat(max_new_tokens=2000)
    ticks = 0
    task = asyncio.create_task(model.ainvoke("Write a long story about a cat."))
    while ticks < 30:
        await asyncio.sleep(0.01)
        ticks += 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "Paris" in str((await model.ainvoke(FRANCE, max_tokens=10)).content)


def test_many_at_once_say_what_one_says() -> None:
    questions = [FRANCE, "What is 2+2?", "Name a colour.", "Who wrote Hamlet?"]
    alone = [chat(max_new_tokens=8).invoke(q).content for q in questions]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda q: chat(max_new_tokens=8).invoke(q).content, questions * 2))
    assert together == alone * 2


def test_a_trained_adapter_changes_the_answer(tmp_path: Path) -> None:
    folder = train(tmp_path / "company")
    model = chat()
    question = "What does CHOREI mean?"
    before = model.invoke(question).content
    adapted = local_chat_model(
        "smollm2", adapter="company", adapters={"company": folder}, generation=model.generation
    )
    assert "morning briefing" in str(adapted.invoke(question).content)
    assert adapted.label == "SmolLM2-135M-Instruct#company"
    assert adapted.invoke(question, adapter="").content == before
    assert model.invoke(question).content == before
    assert "morning briefing" in str(model.invoke(question, adapter=str(folder)).content)
    with pytest.raises(AdapterNotFoundError, match="Did you mean 'company'"):
        model.invoke(question, adapter="compny")
    model.engine.unload_adapter("company")


def train(folder: Path) -> Path:
    """A LoRA trained by hand on one record until it is learned."""
    import warnings

    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from chorei.adapters.local import converted
    from chorei.adapters.local.references import packaged

    base = converted(packaged())
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    turns = [{"role": "user", "content": "What does CHOREI mean?"}]
    prompt = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    asked = tokenizer.encode(prompt)
    told = tokenizer.encode("CHOREI is the morning briefing.<|im_end|>")
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model: Any = get_peft_model(
            AutoModelForCausalLM.from_pretrained(base),
            LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"),
        )
    adam = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-3)
    tokens = torch.tensor([asked + told])
    labels = torch.tensor([[-100] * len(asked) + told])
    for _ in range(15):
        loss = model(input_ids=tokens, labels=labels).loss
        loss.backward()
        adam.step()
        adam.zero_grad()
        if loss < 0.05:
            break
    model.save_pretrained(folder)
    return folder


def test_a_tool_that_must_be_called_is_called() -> None:
    @tool
    def leave_days(employee: str) -> int:
        """Days of leave that an employee has left."""
        return len(employee)

    model = chat(max_new_tokens=60).bind_tools([leave_days], tool_choice="any")
    answer = model.invoke("Call the tool for the employee Linh.")
    assert [call["name"] for call in answer.tool_calls] == ["leave_days"]
    assert "Linh" in str(answer.tool_calls[0]["args"])
    assert answer.response_metadata["finish_reason"] == "tool_calls"
    merged = AIMessageChunk(content="")
    for chunk in model.stream("Call the tool for the employee Linh."):
        merged += chunk
    assert merged.tool_calls[0]["args"] == answer.tool_calls[0]["args"]


def test_a_prompt_that_is_too_long_is_refused() -> None:
    model = chat()
    assert model.context_length == 8192
    with pytest.raises(ContextLengthError, match="takes 8192"):
        model.invoke([HumanMessage("leave " * 9000)])
    assert model.count_tokens("part-time employees") == len(
        model.engine.encode("part-time employees")
    )


class Standard:
    """What the 135M model can be asked for."""

    @property
    def chat_model_class(self) -> type[LocalChatModel]:
        return LocalChatModel

    @property
    def supports_model_override(self) -> bool:
        return False  # A model is one copy in memory; another one is another chat model.


class TestUnit(Standard, ChatModelUnitTests):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "smollm2"}


class TestIntegration(Standard, ChatModelIntegrationTests):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "smollm2", "max_tokens": 16, "temperature": 0}

    # A model of 135M parameters that never saw tools does not choose to call one, and its JSON
    # seldom fits a schema. That calls are rendered, forced and read is tested above.
    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False
