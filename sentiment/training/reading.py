"""Before anything labelled: the encoder reads all texts with gaps, and guesses what stands in them.

Masked language modelling (Devlin et al., "BERT", 2019), gone on with on the texts of the task itself: Gururangan et
al., "Don't Stop Pretraining" (2020). The encoder learns how people write here; labels are not looked at.
"""

import math
import random
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel, PreTrainedTokenizerFast

from sentiment.batching import tokens_of
from sentiment.padding import padded
from sentiment.training.encoder import SPECIAL_TOKENS
from sentiment.training.loop import Schedule, plan_of
from sentiment.training.network import in_pieces

_HIDDEN = 0.2
_LEFT, _SWAPPED = 0.1, 0.2
"""Of the tokens to guess, so many stay as they are and so many (less those) become any other; the rest is hidden."""
_NOTHING = -100


class Guesser(nn.Module):
    """An encoder that names hidden tokens by its own word embeddings.

    Args:
        bert: learns in place.
    """

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert
        size: int = bert.config.hidden_size
        self.dense = nn.Linear(size, size)
        nn.init.eye_(self.dense.weight)
        nn.init.zeros_(self.dense.bias)
        self.norm = nn.LayerNorm(size)
        self.bias = nn.Parameter(torch.zeros(bert.config.vocab_size))

    def forward(self, ids: Tensor, mask: Tensor, wanted: Tensor) -> Tensor:
        """The mean loss over the places where `wanted` names a token; all are [texts, tokens]."""
        states = in_pieces(lambda *batch: self.bert(*batch).last_hidden_state, ids, mask)
        asked = wanted != _NOTHING
        guessed = self.norm(functional.gelu(self.dense(states[asked])))
        words = self.bert.get_input_embeddings().weight
        return functional.cross_entropy(functional.linear(guessed, words, self.bias).float(), wanted[asked])


class Gaps:
    """Batches of texts with gaps, other gaps at each step.

    Args:
        tokenizer: of the encoder.
        texts: all that are read.
        schedule: how many epochs, and how large a batch is.
        seed: of the order and the gaps.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], schedule: Schedule, seed: int) -> None:
        self._tokens = tokens_of(tokenizer, texts)
        self._padding, self._unknown = tokenizer.pad_token_id, tokenizer.unk_token_id
        self._vocabulary = len(tokenizer)
        self._seed = seed
        lengths = [len(each) for each in self._tokens]
        self._plans = [plan_of(lengths, schedule.tokens, seed + number) for number in range(math.ceil(schedule.epochs))]
        self.steps = schedule.steps or round(len(self._plans[0]) * schedule.epochs)

    def batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens with gaps, which places count, and what stood in the gaps."""
        plan = self._plans[step // len(self._plans[0]) % len(self._plans)]
        chosen = [self._tokens[number] for number in plan[step % len(plan)]]
        ids, mask = map(torch.from_numpy, padded(chosen, self._padding))
        picker = torch.Generator().manual_seed(random.Random(self._seed * 7 + step).getrandbits(40))
        asked = (torch.rand(ids.shape, generator=picker) < _HIDDEN) & (ids >= SPECIAL_TOKENS)
        # One at least, so that there is a loss.
        asked[0, min(1, ids.shape[1] - 1)] = True
        how = torch.rand(ids.shape, generator=picker)
        other = torch.randint(SPECIAL_TOKENS, self._vocabulary, ids.shape, generator=picker)
        wanted = ids.masked_fill(~asked, _NOTHING)
        ids = torch.where(asked & (how >= _SWAPPED), self._unknown, ids)
        ids = torch.where(asked & (how >= _LEFT) & (how < _SWAPPED), other, ids)
        return ids, mask, wanted
