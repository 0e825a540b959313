"""Whether a place that weights come from can be reached, asked once and briefly."""

from huggingface_hub import constants, get_session

SECONDS_TO_ANSWER = 3.0


def answers(address: str | None = None) -> bool:
    """Whether `address` does, by default the hub; libraries' own downloads would retry for a minute."""
    if address is None and constants.HF_HUB_OFFLINE:
        return False
    try:
        get_session().head(address or constants.ENDPOINT, timeout=SECONDS_TO_ANSWER)
    except Exception:  # whatever keeps it from answering, the answer is no
        return False
    return True
