#!/usr/bin/env python3
"""Check a downloaded record, with nothing but Python: python3 verify_record.py record.json

A long record comes in parts, the oldest first: python3 verify_record.py 1.json 2.json record.json

Each entry names the hash of the entry before. It is hashed as JSON with sorted keys, without spaces, in UTF-8; its texts
stand in it as SHA-256 of "salt, new line, field, new line, text", so that a text which was taken down leaves the chain
whole. A text may be missing only where a later entry, a redaction, names it.
"""

import hashlib
import json
import sys


def taken_down(record):
    """Entry and field of every text that a redaction names."""
    named = [one for entry in record["entries"] if entry["kind"] == "redaction" for one in entry["entries"]]
    return {(one["entry"], field) for one in named for field in one["fields"]}


def fault(record):
    """The first thing that is wrong, in a sentence, or nothing."""
    previous, named = "0" * 64, taken_down(record)
    for number, entry in enumerate(record["entries"], 1):
        body = {key: value for key, value in entry.items() if key not in ("previous", "hash", "texts")}
        body["texts"] = {field: text["digest"] for field, text in entry["texts"].items()}
        for field, text in entry["texts"].items():
            said = "\n".join((text["salt"], field, text["text"])) if "text" in text else None
            if said is not None and hashlib.sha256(said.encode()).hexdigest() != text["digest"]:
                return f"Entry {number}: the text {field} is not the one that was published."
            if said is None and (number, field) not in named:
                return f"Entry {number}: the text {field} is missing, and no entry says that it was taken down."
        plain = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(f"{previous}\n{plain}".encode()).hexdigest()
        if entry["number"] != number:
            return f"Entry {number} is missing: entry {entry['number']} stands in its place."
        if entry["previous"] != previous or entry["hash"] != digest:
            return f"Entry {number} does not follow from the entry before it."
        previous = digest
    return ""


if __name__ == "__main__":
    record: dict = {"entries": []}
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:  # noqa: PTH123 - the shortest way to say it
            record["entries"] += json.load(file)["entries"]
    found = fault(record)
    last = record["entries"][-1]["hash"] if record["entries"] else "none"
    gone = f" {len(taken_down(record))} texts were taken down." if not found and taken_down(record) else ""
    print(found or f"All {len(record['entries'])} entries follow from one another.{gone} The last hash is {last}.")  # noqa: T201
    sys.exit(bool(found))
