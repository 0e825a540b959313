"""What a run will miss on this machine is told before it starts."""

import re

import pytest

from commands import check
from commands.check import left_out, require
from stages.common.errors import UserError
from stages.common.params import load
from stages.metrics.params import Metrics, Params
from tests.study import ROOT

FILE = ROOT / "presets" / "demo.yaml"
DIALS = load(Params, FILE).metrics


def dials(**changed: object) -> Metrics:
    return DIALS.model_copy(update=changed)


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


@pytest.mark.usefixtures("no_java")
def test_metrics_that_will_be_left_out_are_told() -> None:
    assert list(left_out(dials(meteor=False))) == []
    (meteor,) = left_out(dials())
    assert meteor.startswith("metrics.meteor: will be left out: METEOR runs on Java, and there is no `java`")
    assert [told.split(":")[0] for told in left_out(dials(spice="models"))] == ["metrics.meteor", "metrics.spice"]


@pytest.mark.usefixtures("no_java")
def test_a_tokenizer_that_would_stop_the_stage_stops_the_check() -> None:
    require(dials())
    with pytest.raises(UserError, match=r"metrics.tokenizer is 'ptb', but the PTB tokenizer runs on Java"):
        require(dials(tokenizer="ptb"))


@pytest.mark.usefixtures("no_java")
def test_the_check_of_params_tells_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["check_params", str(FILE)])
    assert check.main() == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{FILE}: metrics.meteor: will be left out")
    assert re.fullmatch(r".*: \d+ keys, all right", last)
