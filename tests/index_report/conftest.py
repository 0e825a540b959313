from tests.index_report.built import copy, study  # noqa: F401
