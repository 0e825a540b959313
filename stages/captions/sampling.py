"""Sampling configs: one from params.yaml, or a list of them from a JSON file, ArtEmis' own files included."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.captions.params import Captions, Sampling
from stages.common.errors import UserError
from stages.common.params import faults

# ArtEmis' names of keys and rules: ours.
KEYS = {"sampling_rule": "rule", "topk": "top_k", "topp": "top_p", "max_utterance_len": "max_length"}
RULES = {"argmax": "greedy", "topk": "top_k", "topp": "top_p"}


class Config(Sampling):
    """A way to search for words, and whether <unk> and repeated pairs of words are banned (ArtEmis' two switches)."""

    drop_unk: bool = True
    drop_bigrams: bool = True

    def __str__(self) -> str:
        kinds = {
            "greedy": "greedy search",
            "beam": f"beam search of size {self.beam_size}",
            "multinomial": "drawing words",
            "top_k": f"drawing from the {self.top_k} likeliest words",
            "top_p": f"drawing from the likeliest words that share {self.top_p:g}",
        }
        return kinds[self.rule] + (f" under guidance {self.guidance:g}" if self.guidance != 1 else "")


@dataclass(frozen=True)
class Manner:
    """How pictures are spoken about: each by every config, with up to `candidates` captions.

    Greedy search finds one caption, beam search at most as many as its size.
    """

    configs: tuple[Config, ...]
    candidates: int
    seed: int

    def __str__(self) -> str:
        return str(self.configs[0]) if len(self.configs) == 1 else f"{len(self.configs)} configs"


def manner(dials: Captions, candidates: int = 1) -> Manner:
    """What params.yaml says, with up to `candidates` captions for each picture and config.

    Raises:
        UserError: captions.configs is no list of configs.
    """
    own = Config(**{key: getattr(dials, key) for key in Sampling.model_fields})
    configs = (own,) if dials.configs == "none" else tuple(read(Path(dials.configs), own))
    return Manner(configs, candidates, dials.seed)


def read(path: Path, own: Config) -> list[Config]:
    """The configs of a JSON list; what one does not say is as in `own`.

    Raises:
        UserError: naming the file, the config (counted from 0) and the key.
    """
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path}: not readable as JSON ({error}); captions.configs is a file of configs or none"
        ) from None
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise UserError(f'{path}: not a list of configs, such as [{{"sampling_rule": "beam", "beam_size": 5}}]')
    return [_config(one, own, f"{path}, config {number}") for number, one in enumerate(listed)]


def _config(given: dict[str, Any], own: Config, place: str) -> Config:
    values = own.model_dump() | {KEYS.get(key, key): value for key, value in given.items()}
    values["rule"] = RULES.get(values["rule"], values["rule"]) if isinstance(values["rule"], str) else values["rule"]
    if strange := sorted(set(values) - set(Config.model_fields)):
        raise UserError(f"{place}: {strange[0]} is an unknown key; allowed: {', '.join([*KEYS, *Config.model_fields])}")
    if found := faults(Config, values):
        raise UserError(f"{place}: {'; '.join(found)}")
    return Config(**values)
