"""Greedy writing after many prompts: in batches, what they begin with read once, on every core."""

import contextlib
import itertools
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

_BATCH: Final = 32
_MIN_PREFIX: Final = 8  # tokens; reading less twice costs less than sharing it


def written(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[str],
    *,
    max_new_tokens: int,
    alike: Sequence[Hashable] = (),
    follow: Callable[[int], object] | None = None,
    **generation: Any,
) -> list[list[int]]:
    """The tokens that the model writes after each prompt, greedily, up to its end mark.

    On a CPU as many batches are written at a time as PyTorch has threads, a thread each: their
    small products keep a core busier than two cores share one.

    Args:
        model: A transformers or PEFT model.
        tokenizer: Its tokenizer.
        prompts: Rendered prompts.
        max_new_tokens: Longest answer.
        alike: For each prompt of which kind its answer is. A batch is written until its longest
            answer ends, so only answers of a kind share one.
        follow: Called after each batch with how many prompts it had.
        generation: Further settings of ``generate``.
    """
    import torch
    from transformers import StoppingCriteriaList

    from chorei.adapters.training.fused import fused

    encoded = [tokenizer.encode(prompt, add_special_tokens=False) for prompt in prompts]
    configured = model.generation_config.eos_token_id
    ends = {tokenizer.eos_token_id, tokenizer.pad_token_id}
    ends |= set(configured) if isinstance(configured, list) else {configured}
    batches = _batches(encoded, alike or [None] * len(prompts))
    found: list[list[int]] = [[] for _ in prompts]
    stopped = threading.Event()
    settings = {
        "do_sample": False,
        "max_new_tokens": max_new_tokens,
        "pad_token_id": tokenizer.pad_token_id,
        "stopping_criteria": StoppingCriteriaList([lambda *_: torch.tensor(stopped.is_set())]),
        **generation,
    }

    def write(chosen: Sequence[int]) -> None:
        made = _batch(model, [encoded[i] for i in chosen], settings)
        for i, ids in zip(chosen, made, strict=True):
            found[i] = ids[: next((n for n, token in enumerate(ids) if token in ends), len(ids))]

    model.eval()
    with fused(model), _workers(model, len(batches)) as pool:
        try:
            for chosen, _ in zip(batches, pool.map(write, batches), strict=True):
                if follow:
                    follow(len(chosen))
        finally:
            # After Ctrl-C nobody waits for the ends of the other batches.
            stopped.set()
    return found


def _batches(encoded: Sequence[Sequence[int]], alike: Sequence[Hashable]) -> list[list[int]]:
    """Numbers of prompts that are written together, those of like length, the most work first."""
    kinds: dict[Hashable, list[int]] = {}
    for i, kind in enumerate(alike):
        kinds.setdefault(kind, []).append(i)
    found = []
    for chosen in kinds.values():
        chosen.sort(key=lambda i: len(encoded[i]))
        parts = -(-len(chosen) // _BATCH)
        cuts = [len(chosen) * part // parts for part in range(parts + 1)]
        found += [chosen[a:b] for a, b in itertools.pairwise(cuts)]
    return sorted(found, key=len, reverse=True)


def _batch(model: Any, prompts: Sequence[Sequence[int]], settings: dict[str, Any]) -> Any:
    """The new tokens of a batch, row by row, end marks and padding included."""
    import torch
    from transformers.cache_utils import DynamicCache

    width = max(map(len, prompts))
    cache = DynamicCache(config=model.config)
    shared = _shared(prompts) if _shareable(model, cache) else 0
    ids = torch.full((len(prompts), width), settings["pad_token_id"])
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        start = width - len(prompt) + shared
        ids[row, :shared] = torch.tensor(prompt[:shared])
        ids[row, start:] = torch.tensor(prompt[shared:])
        mask[row, :shared] = mask[row, start:] = 1
    ids, mask = ids.to(model.device), mask.to(model.device)
    settings = {**settings, "input_ids": ids, "attention_mask": mask}
    with torch.inference_mode():
        if shared:
            _inner(model)(input_ids=ids[:1, :shared], past_key_values=cache, logits_to_keep=1)
            cache.batch_repeat_interleave(len(prompts))
            settings["past_key_values"] = cache
        made = (model if _has_virtual_tokens(model) else _inner(model)).generate(**settings)
    return made[:, width:].tolist()


def _shared(prompts: Sequence[Sequence[int]]) -> int:
    """How many tokens to read once for all; of each prompt something is left to read."""
    same = (
        len(set(tokens)) == 1 for tokens in zip(*(prompt[:-1] for prompt in prompts), strict=False)
    )
    shared = sum(itertools.takewhile(bool, same))
    return shared if shared >= _MIN_PREFIX else 0


def _shareable(model: Any, cache: Any) -> bool:
    """Whether all that a model keeps of a prefix are the keys and values of all its tokens.

    Else padding could not stand between the prefix and the rest either.
    """
    from transformers.cache_utils import DynamicLayer

    plain = all(type(layer) is DynamicLayer for layer in cache.layers)
    return plain and not _has_virtual_tokens(model)


def _has_virtual_tokens(model: Any) -> bool:
    return hasattr(model, "peft_config") and model.active_peft_config.is_prompt_learning


def _inner(model: Any) -> Any:
    """The transformers model, with the layers of an adapter in it."""
    # PEFT's own ``generate`` changes the model while it runs: two cannot run at a time.
    return model.get_base_model() if hasattr(model, "peft_config") else model


@contextlib.contextmanager
def _workers(model: Any, batches: int) -> Iterator[ThreadPoolExecutor]:
    import torch

    threads = torch.get_num_threads()
    single = model.device.type != "cpu" or _has_virtual_tokens(model)
    count = 1 if single else max(1, min(threads, batches))
    with ThreadPoolExecutor(
        count, initializer=torch.set_num_threads, initargs=(threads // count,)
    ) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
            torch.set_num_threads(threads)
