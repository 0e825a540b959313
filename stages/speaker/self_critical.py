"""Self-critical training: the speaker samples captions, and learns to prefer those that people's captions resemble.

Likelihood asks for the next word of somebody's caption; metrics compare whole captions that the speaker makes itself.
So once likelihood has converged, this maximises the expected CIDEr-D of sampled captions by policy gradient (Rennie et
al., 2017). The baseline of a sample is the mean reward of the other samples of its picture (Luo, 2020): no second
decoding, and no bias, since none of them depends on the sample.

The reward is easy to deceive:

- Without <eos> as a word, captions end in "with a": a frequent half of an n-gram costs nothing. Here <eos> is the last
  word of captions and references, and a caption that is cut has none.
- A reward that knows val or test captions, if only their document frequencies, tunes the speaker to its judges. Here
  both references and document frequencies are those of the training captions.
- CIDEr-D knows no grammar and no variety, and the speaker gives up both for it. Here the likelihood of people's
  captions keeps its share of the loss, and the epochs are few; look at the share of distinct captions.
- Rare words are <unk> in the references, which a sample must not earn by saying <unk>. Here it is never sampled.

References are all captions of a picture, whatever their emotion: a grounded speaker is not rewarded for its emotion.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.cider import CiderD
from stages.common.ngrams import ReferenceNgrams
from stages.learning.training import Terms, shuffled_batches
from stages.speaker.data import Batch, Utterances, negative_log_likelihood, whole_batches
from stages.speaker.interface import Network, TeacherForced
from stages.utterances.vocabulary import EOS, PAD, SOS, UNK

# Weight of the cross-entropy of people's captions, per word, beside the reward, per caption.
LIKELIHOOD = 0.2
# The largest gradient norm.
CLIP_NORM = 1.0
# Pictures that are captioned at once for validation.
PICTURES = 64


class SelfCriticalTask:
    """The training task (`learning.training.Task`): minus CIDEr-D of sampled captions, and some cross-entropy.

    Args:
        samples: captions sampled of each picture, two or more, with the emotions of its utterances in turn.
    """

    def __init__(self, train: Utterances, val: Utterances, *, samples: int, batch_size: int, seed: int) -> None:
        self.train, self.val, self.samples = train, val, samples
        self.batch_size, self.seed = batch_size, seed
        self.longest = int(train.lengths.max())
        self.reward, self.val_reward = reward(train), reward(val)

    def batches(self, epoch: int) -> Sequence[np.ndarray]:
        """All artworks, shuffled; a last batch of one artwork is left out, as by `data.CaptioningTask`."""
        batches = shuffled_batches(len(self.train), self.batch_size, self.seed, epoch)
        return batches[: whole_batches(len(self.train), self.batch_size)]

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        """Minus the reward per caption, and the cross-entropy of people's captions per word times `LIKELIHOOD`."""
        people = self.train.batch(items)
        network = cast(Network, getattr(model, "module", model))  # several processes wrap it
        owner = torch.arange(len(items)).repeat_interleave(self.samples)  # (S,)
        emotion = self._emotions(items)
        with _evaluating(network):
            places = network.encoded(people.inputs)[owner.to(people.inputs.device)]
            sampled = roll_out(network, places, emotion, _draw, self.longest)  # (S, L)
        rewards = torch.from_numpy(self.reward(sampled.cpu().numpy(), items[owner.numpy()]))  # (S,)
        both, order = joined(people, owner, sampled, emotion)
        weights = torch.cat([torch.zeros(len(people.lengths)), advantages(rewards, self.samples)])[order]  # (B + S,)
        human = (torch.arange(len(order)) < len(people.lengths))[order]
        forced: TeacherForced = model(*both)
        losses = functional.cross_entropy(forced.logits.float(), forced.targets, reduction="none")  # (words,)
        caption = caption_of_each_word(both.lengths)  # (words,)
        policy = (losses * weights.to(losses)[caption]).sum()
        entropy = losses[human[caption].to(losses.device)]
        # The value of the first term is minus the reward, its gradient that of the policy.
        return {
            "self_critical": (policy - policy.detach() - rewards.sum(), len(rewards)),
            "cross_entropy": (LIKELIHOOD * entropy.sum(), len(entropy)),
        }

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Minus CIDEr-D of the likeliest words, step by step, and the negative log-likelihood per word."""
        network, val = cast(Network, model), self.val
        scores = []
        for start in range(0, len(val), PICTURES):
            items = np.arange(start, min(start + PICTURES, len(val)))
            first = val.bounds[items]
            emotion = None if val.emotion is None else torch.from_numpy(val.emotion[first]).to(val.pixels.device)
            places = network.encoded(val.pixels[val.picture[items]])
            said = roll_out(network, places, emotion, lambda logits: logits.argmax(-1), self.longest)
            scores.append(self.val_reward(said.cpu().numpy(), items))
        return {
            "val_loss": -float(np.concatenate(scores).mean()),
            "val_nll": negative_log_likelihood(network, val),
        }

    def _emotions(self, items: np.ndarray) -> Tensor | None:
        """The emotion of each sample (S, 9): those of the utterances of its picture in turn."""
        if self.train.emotion is None:
            return None
        first, end = self.train.bounds[items, None], self.train.bounds[items + 1, None]  # (N, 1) each
        rows = first + np.arange(self.samples) % (end - first)  # (N, samples)
        return torch.from_numpy(self.train.emotion[rows.ravel()]).to(self.train.pixels.device)


def reward(utterances: Utterances) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """CIDEr-D against these utterances, by the ids of the words: tokens (S, L), artworks (S,) -> float32 (S,).

    Captions count from after <sos> up to <eos>, which is a word; one without <eos> counts as it is.
    """
    spans = zip(utterances.bounds[:-1], utterances.bounds[1:], strict=True)
    cider = CiderD(ReferenceNgrams([_texts(utterances.tokens[start:end]) for start, end in spans]))
    return lambda tokens, artworks: cider.of_texts(_texts(tokens), artworks).astype(np.float32)


def _texts(tokens: np.ndarray) -> list[str]:
    """Ids (B, L) from <sos> on -> the ids as text, up to <eos> with it, without <sos> and padding."""
    return [" ".join(str(word) for word in row if word not in (PAD, SOS)) for row in tokens.tolist()]


def advantages(rewards: Tensor, samples: int) -> Tensor:
    """Reward minus the mean reward of the other samples of the picture: (N * samples,), picture by picture."""
    table = rewards.view(-1, samples)
    return ((table - table.mean(1, keepdim=True)) * (samples / (samples - 1))).flatten()


def roll_out(
    model: Network, places: Tensor, emotion: Tensor | None, choose: Callable[[Tensor], Tensor], longest: int
) -> Tensor:
    """Captions word by word: ids (N, L) from <sos> to <eos>, then <pad>; cut, without <eos>, after `longest` words.

    Args:
        places: features of each caption's picture (N, places, C).
        choose: logits (N, V) -> the next word (N,).
    """
    state = model.start(places, emotion)
    words = [torch.full((len(places),), SOS, device=places.device)]
    going = torch.ones_like(words[0], dtype=torch.bool)
    while going.any() and len(words) <= longest + 1:
        logits, state, _ = model.step(words[-1], state)
        logits[:, [PAD, SOS, UNK]] = float("-inf")
        words.append(torch.where(going, choose(logits), PAD))
        going &= words[-1] != EOS
    return torch.stack(words, 1)


def _draw(logits: Tensor) -> Tensor:
    """A word by its probability, drawn from torch's generator, which the loop seeds for each epoch and process."""
    return torch.multinomial(logits.float().softmax(-1), 1).squeeze(1)


def joined(people: Batch, owner: Tensor, sampled: Tensor, emotion: Tensor | None) -> tuple[Batch, Tensor]:
    """People's captions and sampled ones as one batch, longest first; and the place of each before that, (B + S,).

    One batch, since several processes exchange gradients after one pass.
    """
    ended = sampled == EOS
    lengths = torch.where(ended.any(1), ended.int().argmax(1), sampled.shape[1] - 1).cpu()  # (S,)
    width = max(people.tokens.shape[1], sampled.shape[1])
    tokens = torch.cat([functional.pad(part, (0, width - part.shape[1])) for part in (people.tokens, sampled)])
    lengths = torch.cat([people.lengths, lengths])
    order = torch.argsort(-lengths, stable=True)
    here = order.to(tokens.device)
    return Batch(
        inputs=people.inputs,
        owner=torch.cat([people.owner, owner.to(people.owner)])[here],
        tokens=tokens[here, : int(lengths.max()) + 1],
        lengths=lengths[order],
        emotion=None if emotion is None else torch.cat([cast(Tensor, people.emotion), emotion])[here],
    ), order


def caption_of_each_word(lengths: Tensor) -> Tensor:
    """The caption of each word in the order of `TeacherForced`; `lengths` (B,) in descending order -> (words,)."""
    step = torch.arange(int(lengths[0]))
    return (step[:, None] < lengths).nonzero()[:, 1]


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """No dropout and no gradients; afterwards each module is in the mode it was in."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    with torch.no_grad():
        yield
    for module, mode in modes.items():
        module.training = mode
