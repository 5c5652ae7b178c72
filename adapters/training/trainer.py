"""TRL's SFTTrainer on labels made by us and rows without waste; imports torch and TRL."""

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset as Table
from peft import LoraConfig, PromptTuningConfig, TaskType
from peft.helpers import disable_input_dtype_casting
from transformers import PrinterCallback, ProgressCallback
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from chorei.adapters.training import kernels
from chorei.adapters.training.balancing import BalancedSampler
from chorei.adapters.training.batching import SharedPrefixCollator, rows_mix
from chorei.adapters.training.config import Method, TrainingConfig
from chorei.adapters.training.fused import fused
from chorei.adapters.training.listening import listen
from chorei.adapters.training.masking import Tokenized
from chorei.adapters.training.monitor import Monitor
from chorei.adapters.training.objective import total_loss
from chorei.adapters.training.packing import PackingCollator, packs, use_packed_attention
from chorei.adapters.training.protection import Protection, Watch
from chorei.adapters.training.ranks import processes
from chorei.adapters.training.rates import TwoRates
from chorei.adapters.training.sharing import use_shared_attention
from chorei.adapters.training.teacher import Teacher

_SCHEDULES = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}


class AdapterTrainer(TwoRates, SFTTrainer):  # type: ignore[misc, unused-ignore]  # Any where the extra is missing
    """SFTTrainer that computes logits only where there is loss, and writes no cards.

    TRL computes its loss in float32 over the whole vocabulary and a metric or two beside it: where
    a small model's vocabulary outweighs its layers, a third of each step.

    Attributes:
        teacher: What the base says in the records that are to be left as they are.
        preserve: What their divergence from it counts.
    """

    teacher: Teacher | None = None
    preserve: float = 1.0

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The same loss as TRL's, and that of what is left as it is.

        Batches of several rows with nothing of that are left to TRL.
        """
        rows, *_ = inputs["input_ids"].shape
        if return_outputs or (rows > 1 and "teacher" not in inputs):
            plain: Any = super().compute_loss
            return plain(model, inputs, return_outputs, num_items_in_batch)
        total, count = total_loss(model, inputs, self.teacher, self.preserve)
        if num_items_in_batch is None:
            return total / count
        # Counted over all processes, whose gradients are averaged.
        return total / num_items_in_batch * self.accelerator.num_processes

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        """Several processes get shares of each step that take them alike long."""
        records: Any = self.train_dataset if train_dataset is None else train_dataset
        if processes() == 1:
            plain: Any = super()
            return plain._get_train_sampler(records)
        lengths = [len(ids) for ids in records["input_ids"]]
        batch, seed = self.args.per_device_train_batch_size, self.args.data_seed
        return BalancedSampler(lengths, batch=batch, processes=processes(), seed=seed or 0)

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """The registry writes the card, once."""


def make_trainer(
    config: TrainingConfig,
    model: Any,
    tokenizer: Any,
    train: Sequence[Tokenized],
    held_out: Sequence[Tokenized],
    folder: Path,
    monitor: Monitor,
    *,
    device: str,
    bfloat16: bool,
    general: Sequence[int] = (),
) -> AdapterTrainer:
    """A trainer that is ready to run.

    Args:
        config: The settings.
        model: The base model.
        tokenizer: Its tokenizer.
        train: Tokenised training records.
        held_out: Tokenised held-out records; used only with ``config.patience``.
        folder: For checkpoints.
        monitor: Follows the training.
        device: ``cpu`` or ``cuda``.
        bfloat16: Whether to compute in bfloat16.
        general: The numbers of the training records in which the model is to stay as it is.
    """
    evaluated = held_out if config.patience else ()
    with warnings.catch_warnings():
        # TRL sets options that transformers has renamed since.
        warnings.simplefilter("ignore")
        arguments = arguments_of(
            config, len(train), bool(evaluated), folder, device, bfloat16,
            SFTConfig, dataset_kwargs={"skip_prepare_dataset": True}, remove_unused_columns=False,
        )  # fmt: skip
    if processes() == 1:
        # Threads over several GPUs (DataParallel) cannot split a batch of one row.
        arguments._n_gpu = min(1, arguments.n_gpu)
    peft_config = peft_config_of(config)
    collator = _collator(config, model, tokenizer, device=device, bfloat16=bfloat16)
    teacher, protection = None, None
    protected = config.protect if config.method.low_rank else 0.0
    if general and (config.preserve or protected):
        if model.device.type != device:
            model.to(arguments.device)
        own = _collator(config, model, tokenizer, device=device, bfloat16=bfloat16)
        watch = Watch(model, sum(len(train[number].input_ids) for number in general))
        with watch.watching() if protected else contextlib.nullcontext():
            teacher = listen(model, train, general, own, bfloat16=bfloat16)
        teacher = teacher if config.preserve else None
        protection = Protection(watch.directions(protected)) if protected else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = AdapterTrainer(
            model=model,
            args=arguments,
            data_collator=collator,
            train_dataset=_table(train, teacher),
            eval_dataset=_table(evaluated) if evaluated else None,
            processing_class=tokenizer,
            peft_config=peft_config,
            callbacks=[monitor, protection] if protection else [monitor],
        )
    if protection:
        protection.bind(trainer.model)
    trainer.teacher, trainer.preserve = teacher, config.preserve
    trainer.loraplus = config.loraplus
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    return trainer


@contextlib.contextmanager
def quick(trainer: Any, *, bfloat16: bool) -> Iterator[None]:
    """While it trains: fused operations, no casts that autocast undoes, no remarks of libraries."""
    model: Any = trainer.model
    with contextlib.ExitStack() as stack:
        stack.enter_context(fused(model))
        if bfloat16 and hasattr(model, "peft_config"):
            stack.enter_context(disable_input_dtype_casting(model))
        if kernels.available():
            stack.enter_context(kernels.liger(model))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield


def arguments_of(
    config: TrainingConfig,
    count: int,
    evaluated: bool,
    folder: Path,
    device: str,
    bfloat16: bool,
    kind: Any,
    **more: Any,
) -> Any:
    """What a trainer of TRL is told.

    Args:
        config: The settings.
        count: Number of training records.
        evaluated: Whether the held-out ones are evaluated while it trains.
        folder: For checkpoints.
        device: ``cpu`` or ``cuda``.
        bfloat16: Whether to compute in bfloat16.
        kind: The trainer's class of arguments.
        more: What only that class knows.
    """
    per_step = config.batch * config.accumulation * processes()
    epoch = -(-count // per_step)
    total = epoch * config.epochs
    when = config.save_every or epoch
    warmup = round(total * config.warmup)
    return kind(
        output_dir=str(folder),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch,
        per_device_eval_batch_size=config.batch,
        gradient_accumulation_steps=config.accumulation,
        learning_rate=config.learning_rate,
        lr_scheduler_type="constant_with_warmup"
        if config.schedule == "constant"
        else config.schedule,
        warmup_steps=warmup,
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        max_length=None,
        gradient_checkpointing=config.recompute,
        bf16=bfloat16,
        use_cpu=device == "cpu",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_steps=when,
        save_total_limit=2,
        eval_strategy="steps" if evaluated else "no",
        eval_steps=when if evaluated else None,
        load_best_model_at_end=evaluated,
        metric_for_best_model="eval_loss" if evaluated else None,
        greater_is_better=False if evaluated else None,
        seed=config.seed,
        data_seed=config.seed,
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=device != "cpu",
        # Every trained weight takes part in every step; looking for others costs time.
        ddp_find_unused_parameters=False,
        **more,
    )


def peft_config_of(config: TrainingConfig) -> Any:
    """What PEFT is told, None if the whole model is trained."""
    if config.method is Method.FULL:
        return None
    if config.method is Method.PROMPT:
        return PromptTuningConfig(
            task_type=TaskType.CAUSAL_LM, num_virtual_tokens=config.virtual_tokens
        )
    return LoraConfig(
        task_type=TaskType.CAUSAL_LM,
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        # PEFT leaves the output embedding out of "all-linear"; no server adapts it.
        target_modules="all-linear",
        use_rslora=config.method is Method.RSLORA,
        use_dora=config.method is Method.DORA,
    )


def _collator(
    config: TrainingConfig, model: Any, tokenizer: Any, *, device: str, bfloat16: bool
) -> SharedPrefixCollator | PackingCollator:
    # Virtual tokens are put before each row by PEFT, so a row must be one record.
    alone = config.method is Method.PROMPT
    if device == "cuda" and bfloat16 and packs(model) and not alone:
        use_packed_attention(model)
        return PackingCollator()
    share = rows_mix(model) and not alone
    if share:
        use_shared_attention(model)
    return SharedPrefixCollator(tokenizer.pad_token_id, share=share)


def _table(records: Sequence[Tokenized], teacher: Teacher | None = None) -> Table:
    rows: list[dict[str, list[int]]] = [
        {"input_ids": list(record.input_ids), "labels": list(record.labels)} for record in records
    ]
    if teacher:
        for number, (row, record) in enumerate(zip(rows, records, strict=True)):
            row["teacher"] = teacher.column(number, record)
    return Table.from_list(rows)
