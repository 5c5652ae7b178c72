"""TRL's DPOTrainer and KTOTrainer on tokens made by us; imports torch and TRL."""

import random
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset as Table
from transformers import PrinterCallback, ProgressCallback
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DataCollatorForPreference, DPOTrainer
from trl.trainer.kto_config import KTOConfig
from trl.trainer.kto_trainer import DataCollatorForUnpairedPreference, KTOTrainer

from chorei.adapters.records import Preference
from chorei.adapters.training.masking import split_answer, tokenize_all
from chorei.adapters.training.rates import TwoRates
from chorei.adapters.training.trainer import arguments_of, peft_config_of
from chorei.adapters.tuning.config import Objective, TuningConfig
from chorei.adapters.tuning.monitor import LOST, PreferenceMonitor

_REFERENCE = "ref"


class CountingCollator:
    """One of TRL's collators that counts.

    Args:
        inner: The collator.

    Attributes:
        tokens: Tokens of the answers and their prompts laid out so far.
        computed: Positions that were computed for them, padding included.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.tokens = 0
        self.computed = 0

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Lay out one batch."""
        batch: dict[str, torch.Tensor] = self.inner(list(examples))
        for name in ("attention_mask", "KL_attention_mask"):
            if name in batch:
                self.tokens += int(batch[name].sum())
                self.computed += batch[name].numel()
        return batch


class _Ready:
    """What both trainers do not do: tokenise what is tokenised, and write cards."""

    def _prepare_dataset(self, dataset: Table, *_: Any, **__: Any) -> Table:
        return dataset

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """The registry writes the card, once."""


class PairTrainer(_Ready, TwoRates, DPOTrainer):  # type: ignore[misc, unused-ignore]  # Any without the extra
    """DPO on pairs."""


class ThumbTrainer(_Ready, TwoRates, KTOTrainer):  # type: ignore[misc, unused-ignore]  # Any without the extra
    """KTO on thumbs."""


def make_tuner(
    config: TuningConfig,
    model: Any,
    tokenizer: Any,
    train: Sequence[Preference],
    held_out: Sequence[Preference],
    folder: Path,
    monitor: PreferenceMonitor,
    *,
    device: str,
    bfloat16: bool,
) -> Any:
    """A trainer that is ready to run, the log-probabilities of the reference computed.

    The reference is the model as it comes, so it is asked once and not kept: half the time of
    each step, and no second adapter in memory and in the checkpoints.

    Args:
        config: The settings.
        model: The base, or a PEFT model with the version that is tuned, trainable.
        tokenizer: Its tokenizer.
        train: What to train on; pairs for DPO.
        held_out: What to test; used only with ``config.patience``.
        folder: For checkpoints.
        monitor: Follows the training.
        device: ``cpu`` or ``cuda``.
        bfloat16: Whether to compute in bfloat16.

    Raises:
        TrainingError: A preference has no place in the chat template, or is too long.
    """
    pairs = config.objective is Objective.DPO
    rows = _pairs if pairs else _thumbs
    table = Table.from_list(list(rows(config, train, tokenizer)))
    monitor.floor = -config.beta * LOST * _answer_tokens(table)
    evaluated = list(rows(config, held_out, tokenizer)) if config.patience and held_out else []
    collator = DataCollatorForPreference if pairs else DataCollatorForUnpairedPreference
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer: Any = (PairTrainer if pairs else ThumbTrainer)(
            model=model,
            args=arguments_of(
                config, len(table), bool(evaluated), folder, device, bfloat16,
                DPOConfig if pairs else KTOConfig,
                beta=config.beta, **({} if pairs else _weights(table["label"])),
            ),
            data_collator=CountingCollator(collator(pad_token_id=tokenizer.pad_token_id)),
            train_dataset=table,
            eval_dataset=Table.from_list(evaluated) if evaluated else None,
            processing_class=tokenizer,
            peft_config=None if hasattr(model, "peft_config") else peft_config_of(config),
            callbacks=[monitor],
        )  # fmt: skip
        _ask_reference(trainer, pairs)
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    trainer.loraplus = config.loraplus
    trainer.data_collator.tokens = trainer.data_collator.computed = 0
    return trainer


def _pairs(
    config: TuningConfig, found: Sequence[Preference], tokenizer: Any
) -> Iterator[dict[str, Any]]:
    for one in found:
        chosen, rejected = (
            split_answer(made)
            for made in tokenize_all(one.records, tokenizer, longest=config.max_tokens)
        )
        yield {"prompt_ids": chosen[0], "chosen_ids": chosen[1], "rejected_ids": rejected[1]}


def _thumbs(
    config: TuningConfig, found: Sequence[Preference], tokenizer: Any
) -> Iterator[dict[str, Any]]:
    """Each answer for itself, in a mixed order.

    The divergence in KTO's loss is estimated from answers to other prompts: each prompt is given
    the answer of the one before it.
    """
    rows = []
    for one in found:
        good = [True] * bool(one.chosen) + [False] * bool(one.rejected)
        made = tokenize_all(one.records, tokenizer, longest=config.max_tokens)
        for label, (prompt, answer) in zip(good, map(split_answer, made), strict=True):
            rows.append({"prompt_ids": prompt, "completion_ids": answer, "label": label})
    # KTO reads them in the order given, so that the pairing with other answers holds.
    random.Random(config.seed).shuffle(rows)  # noqa: S311 - not for secrets
    for number, row in enumerate(rows):
        yield row | {"KL_completion_ids": rows[number - 1]["completion_ids"]}


def _answer_tokens(table: Table) -> float:
    """Mean number of tokens of the better answers."""
    found = (
        table["chosen_ids"]
        if "chosen_ids" in table.column_names
        else [
            ids for ids, good in zip(table["completion_ids"], table["label"], strict=True) if good
        ]
    )
    return sum(map(len, found)) / len(found)


def _weights(labels: Sequence[bool]) -> dict[str, float]:
    """Weights that give good and bad answers the same say (KTO, section 4.2, equation 8)."""
    up = sum(labels)
    down = len(labels) - up
    most = max(up, down)
    return {"desirable_weight": most / up, "undesirable_weight": most / down}


def _ask_reference(trainer: Any, pairs: bool) -> None:
    names = ("ref_chosen_logps", "ref_rejected_logps") if pairs else ("ref_logps", "ref_KL_logps")
    trainer.model.eval()
    for place in ("train_dataset", "eval_dataset"):
        table = getattr(trainer, place)
        if table is None:
            continue
        columns: dict[str, list[float]] = {name: [] for name in names}
        for start in range(0, len(table), trainer.args.per_device_train_batch_size):
            end = min(start + trainer.args.per_device_train_batch_size, len(table))
            batch = trainer.data_collator([table[number] for number in range(start, end)])
            batch = {key: value.to(trainer.args.device) for key, value in batch.items()}
            found = trainer.compute_ref_log_probs(trainer.model, batch)
            for name, values in zip(names, found, strict=True):
                columns[name] += values.float().tolist()
        for name, values in columns.items():
            table = table.add_column(name, values)
        setattr(trainer, place, table)
    trainer.precompute_ref_logps = True
    if _REFERENCE in getattr(trainer.model, "peft_config", {}):
        # TRL's copy of the adapter that was given; what it says is known now.
        trainer.model.delete_adapter(_REFERENCE)
    trainer.model.train()
