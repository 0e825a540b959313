"""Effect of classifier-free guidance: `python -m benchmarks.guidance`, in the folder of a finished study.

Needs a speaker trained with `speaker.emo_grounding: true` and `speaker.emo_dropout` above 0. For each
strength of guidance, it captions every picture of captions.split once for each of the nine emotions.
The text classifier then predicts the emotion of each caption; at chance level, it predicts the
emotion of the condition in a ninth of them.

    python -m benchmarks.guidance [--guidance 0 1 1.5 2 3]
"""

from datetime import date
from functools import partial
from itertools import chain

import numpy as np

from benchmarks.measure import argument_parser, print_header, print_row, timed
from stages.captions.__main__ import with_pictures
from stages.captions.captioner import Caption, generate
from stages.captions.params import Captions, Params
from stages.captions.sampling import sampling_plan
from stages.common.emotions import ARTEMIS
from stages.common.params import load
from stages.images import packed
from stages.learning.device import describe, prepare
from stages.speaker import checkpoint
from stages.text_classifier import classifier


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--guidance", type=float, nargs="+", default=[0, 1, 1.5, 2, 3], help="strengths")
    args, params = parser.parse_args(), load(Params)
    device = prepare(params.device, params.captions.seed)
    trained, text_classifier = checkpoint.load(device=device), classifier.load(device=device)
    images = packed.load()
    artworks = with_pictures(params.captions.split, images)
    pixels = images.pixels[artworks["row"].to_numpy()]
    names = (artworks["art_style"] + "/" + artworks["painting"]).to_list()
    print(f"{len(artworks)} pictures, nine captions each; {describe(device)}; {date.today()}\n")
    print_header(
        "guidance", "captions of the given emotion", "distinct captions", "distinct tokens", "words per caption", "s"
    )
    for guidance in args.guidance:
        seconds, captions = timed(partial(caption, trained, pixels, names, params.captions, guidance))
        print_row(f"{guidance:g}", *summary(captions, text_classifier), f"{seconds:.1f}")


def caption(
    trained: checkpoint.Trained, pixels: np.ndarray, names: list[str], config: Captions, guidance: float
) -> list[Caption]:
    """One caption of each picture for each emotion."""
    plan = sampling_plan(config.model_copy(update={"guidance": guidance, "configs": "none"}), candidates=1)
    count = len(ARTEMIS)
    conditions = np.broadcast_to(np.eye(count, dtype=np.float32), (len(pixels), count, count))
    return list(chain.from_iterable(generate(trained, pixels, conditions, names, plan)))


def summary(captions: list[Caption], text_classifier: classifier.TextClassifier) -> list[str]:
    """The columns between the guidance and the seconds."""
    tokens = [each.caption.split() for each in captions]
    predicted = text_classifier.predict_tokens(tokens).argmax(1)
    condition = np.array([ARTEMIS.ids[each.emotion] for each in captions if each.emotion])
    return [
        f"{(predicted == condition).mean():.1%}",
        f"{len({each.caption for each in captions}):,} of {len(captions):,}",
        f"{len({word for words in tokens for word in words}):,}",
        f"{np.mean([len(words) for words in tokens]):.1f}",
    ]


if __name__ == "__main__":
    main()
