"""Whether the Hugging Face hub can be reached, asked once and briefly."""

from huggingface_hub import constants, get_session

SECONDS_TO_ANSWER = 3.0


def answers() -> bool:
    """Libraries' own downloads would retry for a minute where there is no network."""
    if constants.HF_HUB_OFFLINE:
        return False
    try:
        get_session().head(constants.ENDPOINT, timeout=SECONDS_TO_ANSWER)
    except Exception:  # whatever keeps it from answering, the answer is no
        return False
    return True
