from tests import textblob_used  # noqa: F401
