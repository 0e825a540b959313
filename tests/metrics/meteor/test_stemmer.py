"""The stemmer: words whose stems show one rule each."""

import pytest

from stages.metrics.meteor.stemmer import stem

STEMS = """
as as, 's 's, sky sky, skies sky, dying die, only onli, news news, early earli,
caresses caress, ties tie, cries cri, gas gas, this this, gaps gap, kiwis kiwi, bus bus, dress dress,
'tis tis, dogs' dog, dog's dog, dogs's' dog,
agreed agre, feed feed, plastered plaster, bled bled, motoring motor, sing sing, hopping hop, hoping hope, falling fall,
luxuriated luxuri, troubling troubl, sized size, fed fed, inning inning, innings inning, proceeded proceed,
happy happi, by by, say say, cry cri, youth youth, boyish boyish, enjoying enjoy,
generate generat, generously generous, communication communic, arsenal arsenal, university univers, universe univers,
relational relat, conditional condit, rational ration, valenci valenc, digitizer digit, radically radic,
differently differ, analogousli analog, vietnamization vietnam, predication predic, operator oper, feudalism feudal,
decisiveness decis, hopefulness hope, callousness callous, formality formal, sensitivity sensit, sensibility sensibl,
geology geolog, fully fulli, hopelessly hopeless, reading read, quickly quick, badly bad,
triplicate triplic, formative format, formalize formal, electricity electr, electrical electr, hopeful hope,
goodness good, revival reviv, allowance allow, airliner airlin, adjustable adjust, defensible defens, irritant irrit,
replacement replac, dependent depend, adoption adopt, communism communism, activate activ, effective effect,
organized organ, evening even, realization realiz, archeologist archeologist, emergence emerg,
probate probat, rate rate, cease ceas, controlling control, rolling roll, parallel parallel, full full,
caféing café, naïvely naïv, syzygy syzygi, yyyy yyyi, ayayay ayayay
"""


@pytest.mark.parametrize(("word", "expected"), [entry.split() for entry in STEMS.replace("\n", " ").split(",")])
def test_stems(word: str, expected: str) -> None:
    assert stem(word) == expected
