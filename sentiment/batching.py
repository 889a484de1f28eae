"""From texts to tokens, and which texts go through the model together: a pure function under a token budget.

The same cost model as in Hugging Face's text-embeddings-inference: a batch costs its longest length times its count,
because every text is padded to the longest.
"""

from collections.abc import Sequence
from typing import Any

_LEAST = 128
"""Less than this costs as much: then it is what surrounds the multiplications that takes the time."""
MAX_TOKENS = 256
"""So many tokens of a text are read, in training and in use; a longer one loses its middle."""


def form_batches(lengths: Sequence[int], budget: int, most: int = 256) -> list[list[int]]:
    """Distribute items over batches, similar lengths together, so that little is padding.

    Args:
        lengths: tokens of each item, 0 or more.
        budget: what a batch may cost, in tokens (longest × count). A single longer item makes a batch of its own.
        most: the largest count of a batch.

    Returns:
        Positions in `lengths`, each exactly once; the longest first, so that the largest allocation is the first one.
    """
    batches: list[list[int]] = []
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        if batch and (len(batch) == most or lengths[batch[0]] * (len(batch) + 1) > budget):
            batches.append(batch)
            batch = []
        batch.append(position)
    return [*batches, batch] if batch else batches


def share_of(lengths: Sequence[int], budget: int, at_once: int) -> int:
    """What a batch may cost so that as many as are computed at once have something to do.

    Args:
        lengths: tokens of each item.
        budget: what a batch may cost at most.
        at_once: how many batches are computed at the same time.
    """
    return max(min(budget, -(-sum(lengths) // at_once)), min(budget, _LEAST))


def tokens_of(tokenizer: Any, texts: Sequence[str], limit: int = MAX_TOKENS) -> list[list[int]]:
    """The numbers of the tokens of each text, special ones included; what is too long loses its middle."""
    return [without_middle(each, limit) for each in tokenizer(list(texts), verbose=False)["input_ids"]]


def without_middle(tokens: list[int], limit: int) -> list[int]:
    """The tokens of a text, cut to `limit` by leaving out its middle.

    How a long text begins and how it ends says more of its opinion than its middle (Sun et al., "How to Fine-Tune BERT
    for Text Classification?", 2019). The first and the last token, which frame the text, stay.
    """
    if len(tokens) <= limit:
        return tokens
    head = limit // 2
    return [*tokens[:head], *tokens[len(tokens) - (limit - head) :]]
