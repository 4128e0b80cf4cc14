"""The draft check: a net for stock phrases and hard field checks over what is about to be said in public.

It is not a judge. A clean answer says "no stock phrase found", never that anything is safe to publish, and five
questions for the approver follow it. The rules are data (``rules.toml``); a leaf, without models or questions to the
database. What the rules do and do not catch is measured by ``benchmarks/draft_check.py``.
"""

from incidents.draft_check.context import Context, Stage, all_counts, counts_in
from incidents.draft_check.engine import LIMIT, TooLong, check, digest_of, rules_digest, sentences_of
from incidents.draft_check.findings import CLEAN, FIVE_QUESTIONS, NOT_ENGLISH, Finding, Fix, Override, Result, Severity

__all__ = [
    "CLEAN", "FIVE_QUESTIONS", "LIMIT", "NOT_ENGLISH", "Context", "Finding", "Fix", "Override", "Result", "Severity", "Stage",
    "TooLong", "all_counts", "check", "counts_in", "digest_of", "rules_digest", "sentences_of",
]  # fmt: skip
