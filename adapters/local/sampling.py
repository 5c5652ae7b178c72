"""The next token of each row of a batch."""

from collections.abc import Sequence

import torch

from chorei.adapters.local.request import Request


def next_tokens(logits: torch.Tensor, requests: Sequence[Request]) -> list[int]:
    """Choose a token for each row.

    Each request draws from a random source of its own, one number a token, so that a seed gives
    the same text whatever else is in the batch; torch's global source is not touched.

    Args:
        logits: Scores, shape (rows, vocabulary).
        requests: The request of each row.
    """
    scores = logits.float()
    if any(r.sampling.repetition_penalty != 1.0 for r in requests):
        scores = _penalised(scores, requests)
    tokens: list[int] = scores.argmax(-1).tolist()
    drawn = [row for row, request in enumerate(requests) if request.sampling.temperature > 0]
    if drawn:
        chosen = _draw(scores[drawn], [requests[row] for row in drawn])
        for row, token in zip(drawn, chosen, strict=True):
            tokens[row] = token
    return tokens


def _penalised(scores: torch.Tensor, requests: Sequence[Request]) -> torch.Tensor:
    """Scores of tokens that have occurred, made smaller (CTRL, arXiv 1909.05858)."""
    scores = scores.clone()
    for row, request in enumerate(requests):
        penalty = request.sampling.repetition_penalty
        if penalty == 1.0:
            continue
        seen = torch.tensor(sorted({*request.prompt, *request.tokens}), device=scores.device)
        found = scores[row, seen]
        scores[row, seen] = torch.where(found < 0, found * penalty, found / penalty)
    return scores


def _draw(scores: torch.Tensor, requests: Sequence[Request]) -> list[int]:
    """Sample by inverting the cumulative distribution of the sorted, truncated probabilities."""
    settings = [request.sampling for request in requests]
    temperature = _column([s.temperature for s in settings], scores)
    ordered, order = (scores / temperature).sort(stable=True, dim=-1, descending=True)
    rank = torch.arange(scores.shape[-1], device=scores.device)
    top_k = _column([float(s.top_k or scores.shape[-1]) for s in settings], scores)
    ordered = ordered.masked_fill(rank >= top_k, -torch.inf)
    chances = ordered.softmax(-1)
    before = chances.cumsum(-1) - chances
    dropped = before >= _column([s.top_p for s in settings], scores)
    dropped |= chances < chances[:, :1] * _column([s.min_p for s in settings], scores)
    # The most probable token always stays.
    dropped[:, 0] = False
    total = chances.masked_fill(dropped, 0.0).cumsum(-1)
    drawn = _column([request.random.random() for request in requests], scores)
    index = torch.searchsorted(total, drawn * total[:, -1:], right=True)
    index = index.clamp(max=scores.shape[-1] - 1)
    tokens: list[int] = order.gather(-1, index).squeeze(-1).tolist()
    return tokens


def _column(values: list[float], like: torch.Tensor) -> torch.Tensor:
    return torch.tensor(values, device=like.device, dtype=torch.float32).unsqueeze(-1)
