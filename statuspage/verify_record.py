#!/usr/bin/env python3
"""Check a downloaded record, with nothing but Python: python3 verify_record.py 1.json 2.json record.json (oldest part first)

Each entry is hashed with the hash of the one before, as JSON with sorted keys, without spaces, in UTF-8. A text stands in it as
SHA-256 of "salt, new line, field, new line, text"; it may be missing only where a redaction, a later entry, names it.
"""

import hashlib
import json
import sys


def taken_down(record):  # entry and field of every text that a redaction names
    named = [one for entry in record["entries"] if entry.get("kind") == "redaction" for one in entry["entries"]]
    return {(one["entry"], field) for one in named for field in one["fields"]}


def fault(record):
    """The first thing that is wrong, in a sentence, or nothing."""
    previous, named = "0" * 64, taken_down(record)
    for number, entry in enumerate(record["entries"], 1):
        plain = {key: value for key, value in entry.items() if key not in ("previous", "hash")}
        plain["texts"] = {field: text["digest"] for field, text in entry["texts"].items()}
        for field, text in entry["texts"].items():
            said = "\n".join((text["salt"], field, text["text"])) if "text" in text else None
            if said is not None and hashlib.sha256(said.encode()).hexdigest() != text["digest"]:
                return f"Entry {number}: the text {field} is not the one that was published."
            if said is None and (number, field) not in named:
                return f"Entry {number}: the text {field} is missing, and no entry says that it was taken down."
        said = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(f"{previous}\n{said}".encode()).hexdigest()
        if entry["number"] != number:
            return f"Entry {number} is missing: entry {entry['number']} stands in its place."
        if entry["previous"] != previous or entry["hash"] != digest:
            return f"Entry {number} does not follow from the entry before it."
        previous = digest
    return ""


if __name__ == "__main__":
    files = [open(name, encoding="utf-8") for name in sys.argv[1:]]  # noqa: PTH123, SIM115 - the shortest way to say it
    record = {"entries": [entry for file in files for entry in json.load(file)["entries"]]}
    found = fault(record)
    last = record["entries"][-1]["hash"] if record["entries"] else "none"
    gone = f" Texts taken down: {len(taken_down(record))}." if taken_down(record) else ""
    print(found or f"All {len(record['entries'])} entries follow from one another.{gone} The last hash is {last}.")  # noqa: T201
    sys.exit(bool(found))
