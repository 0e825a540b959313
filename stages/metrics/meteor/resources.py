"""METEOR's data, as the installed pycocoevalcap has them: word lists in its jar, and the file of paraphrases."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from stages.common.errors import UserError
from stages.metrics.meteor.words import Prefixes

JAR = "meteor-1.5.jar"
PARAPHRASES = "data/paraphrase-en.gz"
ADVICE = "install pycocoevalcap again, or set `metrics.meteor: none` in params.yaml"


def installed() -> Path:
    """The folder of METEOR in the installed pycocoevalcap.

    Raises:
        UserError: pycocoevalcap is not installed.
    """
    try:
        spec = find_spec("pycocoevalcap.meteor")
    except ModuleNotFoundError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"METEOR reads its word lists from the package pycocoevalcap, which is missing; {ADVICE}")
    return Path(next(iter(spec.submodule_search_locations)))


def require() -> None:
    """Make sure that the data are there.

    Raises:
        UserError: pycocoevalcap or one of its files is missing.
    """
    data = Resources(installed())
    _ = data.paraphrases, data.prefixes


@dataclass(frozen=True)
class Resources:
    """The data in a folder that has METEOR's jar and the paraphrases; each is read when it is first asked for.

    Raises:
        UserError: from every property, if a file or a member of the jar is missing or damaged.
    """

    folder: Path

    @property
    def paraphrases(self) -> Path:
        """The file of the paraphrases."""
        path = self.folder / PARAPHRASES
        if not path.is_file():
            raise UserError(f"{path}: METEOR's paraphrases are missing; {ADVICE}")
        return path

    @cached_property
    def prefixes(self) -> Prefixes:
        """Words after which a dot ends no sentence."""
        fields = [line.split() for line in self._lines("nonbreaking/english.prefixes")]
        entries = [entry for entry in fields if entry and not entry[0].startswith("#")]
        numeric = {entry[0] for entry in entries if entry[1:2] == ["#NUMERIC_ONLY#"]}
        return Prefixes(frozenset(entry[0] for entry in entries) - numeric, frozenset(numeric))

    @cached_property
    def function_words(self) -> frozenset[str]:
        """Words with little meaning, such as articles and punctuation marks."""
        return frozenset(self._lines("function/english.words"))

    @cached_property
    def bases(self) -> dict[str, list[str]]:
        """The base forms of each irregular inflected form."""
        bases: dict[str, list[str]] = {}
        for base, forms in self._pairs("synonym/english.exceptions"):
            for form in forms.split():
                bases.setdefault(form, []).append(base)
        return bases

    @cached_property
    def synsets(self) -> dict[str, str]:
        """The numbers of each word's WordNet synsets, separated by blanks."""
        return dict(self._pairs("synonym/english.synsets"))

    def _pairs(self, member: str) -> Iterator[tuple[str, str]]:
        lines = self._lines(member)
        return zip(lines[::2], lines[1::2], strict=True)

    def _lines(self, member: str) -> list[str]:
        jar = self.folder / JAR
        try:
            with zipfile.ZipFile(jar) as archive:
                text = archive.read(member).decode("utf-8")
        except KeyError:
            raise UserError(f"{jar}: METEOR's jar lacks {member}; {ADVICE}") from None
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise UserError(f"{jar}: METEOR's jar cannot be read ({error}); {ADVICE}") from None
        return text.removesuffix("\n").split("\n")
