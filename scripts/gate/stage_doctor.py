# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""flopwatch doctor finds nothing that prevents measuring."""

from __future__ import annotations

import json

from gate import Gate


def run(gate: Gate) -> None:
    done = gate.run("doctor", [gate.build / "bin/flopwatch", "doctor", "--json"], good=None)
    report = json.loads(done.out)
    (gate.out / "doctor.json").write_text(done.out)
    bad = [f"{c['check']}: {c['text']}" for c in report["checks"] if c["state"] == "bad"]
    gate.equal("nothing_in_the_way", [], bad, source="doctor.json")
    gate.equal("exit_code", 0, done.code, source="doctor.json")
    for check in report["checks"]:
        if check["check"] in ("CUPTI", "chip", "driver"):
            gate.record.machine[f"doctor_{check['check'].lower()}"] = check["text"]
