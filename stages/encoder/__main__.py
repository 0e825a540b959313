"""encoder: prepare the speaker's image encoder, if it is the image classifier's.

With speaker.weights: image_classifier, writes that backbone to data/encoder/ and, if the speaker does not train it
(speaker.tune: none), its features of all pictures. For every other speaker the stage writes the same empty files, so
that a change of the image classifier does not make the speaker stale.
"""

from stages.common.entry import run
from stages.common.params import load
from stages.encoder import encoder
from stages.encoder.params import Params


def main() -> str:
    params = load(Params)
    if params.speaker.weights != encoder.IMAGE_CLASSIFIER:
        encoder.save_none()
        return "empty: the speaker does not use the image classifier's backbone"
    # Imported here because loading torch takes seconds.
    from stages.encoder.backbone import prepare_encoder

    return prepare_encoder(params)


if __name__ == "__main__":
    run(__doc__, main)
