# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The hardware gate on the stand-in: a whole dry run is good, and each stage fails when its claim is broken."""

import functools
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gpu_gate_runs import BUILD, ROOT, Outcome, build_with, gate, timed

sys.path[:0] = [str(ROOT / "scripts/gate"), str(ROOT / "scripts")]

import archive  # noqa: E402
import evidence  # noqa: E402
import kernels  # noqa: E402
import packing  # noqa: E402
import recount  # noqa: E402

NCU = ROOT / "tests/gpu/standin_ncu/ncu"
STAGES = ["build", "doctor", "known", "ncu", "modes", "recheck", "cost", "captures", "reuse", "run", "models", "timing",
          "python", "probes"]


@pytest.fixture(name="build_with")
def build_with_fixture(tmp_path):
    return functools.partial(build_with, tmp_path / "build")


def unpacked_parts(file: Path, into: Path) -> Path:
    return archive.unpack(file.with_name(file.name + archive.FIRST), into)


def recounted(outcome: Outcome, **changes) -> list[str]:
    """Where results.json, with changes, says something else than its own captures and lists."""
    files = recount.Captures(outcome.folder, BUILD / "bin/flopwatch")
    return recount.problems_of(outcome.folder, {**outcome.results, **changes}, files)


def check_recount(outcome: Outcome) -> None:
    claims = outcome.results["claims"]
    assert recounted(outcome) == []
    # Each claim that a file of the evidence can show is shown by it, so that another one is refused.
    can_be = [c for c in claims if recount.can_be_recounted(c["claim"])]
    beginnings = {".".join(c["claim"].split(".")[:2]) for c in can_be}
    assert beginnings == {"build.sass", "known.any", "known.exact", "modes.losses", "modes.paper", "modes.equal",
                          "ncu.equal", "models.operator", "models.dispatcher_sees", "models.formats",
                          "cost.every_case", "cost.ranges", "cost.counts",
                          "captures.losses", "captures.launches", "captures.graphs", "captures.in_a_graph",
                          "captures.counted", "reuse.sums", "reuse.launches", "reuse.few", "reuse.audits",
                          "reuse.audited", "reuse.bound", "reuse.budget", "run.counts", "run.losses",
                          "python.operator", "python.rule"}
    others = [{**c, "seen": "something else"} if recount.can_be_recounted(c["claim"]) else c for c in claims]
    problems = recounted(outcome, claims=others)
    assert len(problems) == len(can_be) and all("something else; its files give" in p for p in problems), problems
    # And one that is left out is missed.
    problems = recounted(outcome, claims=[c for c in claims if c not in can_be or c["claim"].startswith("build.")])
    assert len([p for p in problems if p.startswith("does not say")]) == len(can_be) - 1


def check_recount_without_captures(outcome: Outcome, folder: Path) -> None:
    """What the programs printed gives the same claims, each of them."""
    shutil.copytree(outcome.folder, folder, ignore=shutil.ignore_patterns("captures"))
    why = folder.with_suffix(".txt")
    why.write_text("They were lost.\n")
    evidence.take_what_was_printed(folder, why)
    files = recount.files_of(folder, Path("no-flopwatch"))
    assert recount.problems_of(folder, outcome.results, files) == []
    shown, _ = recount.recount(folder, files)
    assert {c["claim"] for c in shown["claims"]} \
        == {c["claim"] for c in outcome.results["claims"] if recount.can_be_recounted(c["claim"])}


def test_a_whole_dry_run_is_good_and_says_what_it_is(tmp_path, build_with):
    packed = tmp_path / "new/evidence.tar.gz"
    outcome = gate(tmp_path, "--archive", packed, "--archive-part", "0.1",
                   build=build_with("tests/mixed_program", timed(2000000)))
    assert outcome.code == 0, outcome.text
    assert [s["name"] for s in outcome.results["stages"]] == STAGES
    assert all(s["passed"] for s in outcome.results["stages"])
    assert all(any(c["claim"].startswith(name + ".") for c in outcome.results["claims"]) for name in STAGES)
    assert outcome.results["synthetic"] is True
    assert "nothing here was measured on a GPU" in outcome.text
    assert {t["way"] for t in outcome.results["timings"]} == {"bare", "none", "iteration", "kernel", "ncu"}
    probes = json.loads((outcome.folder / "probes.json").read_text())
    assert len(probes) >= 10 and all(p["answer"] for p in probes)
    # Evidence of a stand-in is taken for none of a GPU.
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "a-run").symlink_to(outcome.folder)
    done = subprocess.run([ROOT / "scripts/evidence.py", shelf], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "made on a stand-in" in done.stdout
    first = packed.with_name("evidence.tar.gz.000")
    assert first.stat().st_size == 100_000 and not packed.exists()
    unpacked = archive.unpack(first, tmp_path / "unpacked")
    assert {f.relative_to(unpacked): f.read_bytes() for f in unpacked.rglob("*") if f.is_file()} \
        == {f.relative_to(outcome.folder): f.read_bytes() for f in outcome.folder.rglob("*") if f.is_file()}
    assert str(packed) in outcome.text
    check_recount(outcome)
    check_recount_without_captures(outcome, tmp_path / "without")


def test_without_a_gpu_it_ends_with_3(tmp_path):
    if Path("/dev/nvidia0").exists():
        pytest.skip("there is a GPU here")
    done = subprocess.run([ROOT / "scripts/gpu_gate.sh", "--out", tmp_path / "evidence"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "there is no NVIDIA GPU here" in done.stderr
    assert not (tmp_path / "evidence").exists()


def test_wrong_usage_ends_with_2(tmp_path):
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence/old").write_text("")
    assert gate(tmp_path).code == 2
    assert gate(tmp_path / "new", "--only", "known,nothing").code == 2
    assert gate(tmp_path / "new", "--archive-part", "16").code == 2
    assert gate(tmp_path / "new", "--archive", tmp_path / "x.tgz", "--archive-limit", "0").code == 2
    for file in ("old.tar.gz", "older-small.tar.gz", "oldest.tar.gz.parts"):
        (tmp_path / file).write_text("")
    for file, words in (("old.tar.gz", "is there already"), ("older.tar.gz", "is there already"),
                        ("oldest.tar.gz", "is there already"), ("x.zip", "must end in"),
                        ("new/evidence/x.tgz", "into itself")):
        outcome = gate(tmp_path / "new", "--archive", tmp_path / file)
        assert outcome.code == 2 and words in outcome.text


def test_stages_without_time_left_say_so(tmp_path):
    outcome = gate(tmp_path, "--only", "build,doctor", "--limit", "0.001")
    assert outcome.code == 1
    assert [s["error"] for s in outcome.results["stages"]] == ["no time was left for it"] * 2


def test_build_fails_where_a_program_is_missing(tmp_path, build_with):
    outcome = gate(tmp_path, "--only", "build", build=build_with("tests/torch_products", None))
    assert outcome.code == 1
    assert outcome.failed_claims() == {"build.programs"}


def test_machine_code_with_another_count_fails(tmp_path):
    tool = tmp_path / "nvdisasm"
    tool.write_text("#!/bin/sh\nsed '0,/DMUL/{/DMUL/d}' $2\n")
    tool.chmod(0o755)
    outcome = gate(tmp_path, "--only", "build", NVDISASM=str(tool))
    assert outcome.failed_claims() == {"build.sass.90a"}
    assert "known_dmul does 7168000 FLOPs by its listing" in outcome.text


def test_a_missing_disassembler_is_a_finding(tmp_path):
    outcome = gate(tmp_path, "--only", "build", NVDISASM=str(tmp_path / "none"))
    assert outcome.code == 0, outcome.text
    assert not [c for c in outcome.results["claims"] if c["claim"].startswith("build.sass")]
    assert {f["finding"].rsplit("_", 1)[0] for f in outcome.results["findings"]} \
        == {f"build.no_sass.{source}_kernels" for source in ("cuda_core", "packed", "tensor")}
    assert all("cannot be run" in f["text"] for f in outcome.results["findings"])


def test_evidence_is_packed_when_stages_fail(tmp_path, build_with):
    crashing = build_with("tests/known_counts", "os.kill(os.getpid(), signal.SIGSEGV)\n")
    outcome = gate(tmp_path, "--only", "build,known", "--archive", tmp_path / "e.tgz", build=crashing)
    assert outcome.code == 1
    unpacked = unpacked_parts(tmp_path / "e.tgz", tmp_path / "unpacked")
    assert json.loads((unpacked / "results.json").read_text()) == outcome.results
    assert (unpacked / "logs/known_known_counts.log").is_file()
    small = archive.unpack(tmp_path / "e-small.tgz", tmp_path / "small")
    assert json.loads((small / "results.json").read_text()) == outcome.results


def test_evidence_is_packed_on_sigterm(tmp_path, build_with):
    hanging = build_with("tests/known_counts", f"open({str(tmp_path / 'pid')!r}, 'w').write(f'{{os.getpid()}} ')\n"
                                               "time.sleep(100)\n")
    process = subprocess.Popen([ROOT / "scripts/gpu_gate.sh", "--stand-in", "--build", hanging,
                                "--out", tmp_path / "out", "--only", "build,known,modes",
                                "--archive", tmp_path / "e.tgz"])
    try:
        until = time.monotonic() + 60
        while not ((tmp_path / "pid").is_file() and (tmp_path / "pid").read_text().endswith(" ")):
            assert time.monotonic() < until and process.poll() is None
            time.sleep(0.05)
        # The numbers of the stages that are through are packed already.
        small = archive.unpack(tmp_path / "e-small.tgz", tmp_path / "small")
        stages = json.loads((small / "results.json").read_text())["stages"]
        assert [(s["name"], s["passed"]) for s in stages] == [("build", True)]
        process.terminate()
        assert process.wait(timeout=30) == 128 + signal.SIGTERM
    finally:
        process.kill()
    unpacked = unpacked_parts(tmp_path / "e.tgz", tmp_path / "unpacked")
    stages = json.loads((unpacked / "results.json").read_text())["stages"]
    assert [(s["name"], s["passed"]) for s in stages] == [("build", True), ("known", False)]
    # What it was running has ended with it.
    state = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_an_archive_that_cannot_be_written_fails(tmp_path):
    (tmp_path / "file").write_text("")
    outcome = gate(tmp_path, "--only", "build", "--archive", tmp_path / "file/e.tgz")
    assert outcome.code == 1
    assert "cannot be written" in outcome.text and outcome.stage("build")["passed"]
    assert f"the evidence is in {outcome.folder} alone" in outcome.text


def test_doctor_fails_without_permission(tmp_path):
    outcome = gate(tmp_path, "--only", "build,doctor", STANDIN_PERMISSION="0")
    assert outcome.code == 1
    assert "doctor.nothing_in_the_way" in outcome.failed_claims()
    assert outcome.stage("build")["passed"]


def wrong_values(folder: Path) -> Path:
    """What the stand-in's GPU counts, one instruction too many in one kernel."""
    good = kernels.fake_all(ROOT, folder / "fake").read_text()
    changed = folder / "wrong"
    lines = map(str.split, good.splitlines())
    changed.write_text("".join(f"{k} {m} {int(v) + (k == 'known_dmul')}\n" for k, m, v in lines))
    return changed


def test_a_count_that_is_off_by_one_fails(tmp_path):
    outcome = gate(tmp_path, "--only", "build,known,modes,ncu", "--archive", tmp_path / "e.tgz", "--archive-limit",
                   "0.01", STANDIN_KERNELS=str(wrong_values(tmp_path)))
    assert outcome.code == 1
    assert "known.exact.known_dmul" in outcome.failed_claims()
    assert "known.exact.known_fadd" not in outcome.failed_claims()
    assert {f"modes.paper.{mode}" for mode in ("none", "iteration", "kernel", "scope")} <= outcome.failed_claims()
    assert {c for c in outcome.failed_claims() if c.startswith("ncu.")} == {"ncu.equal.known_dmul"}
    # An archive that has no room for captures says so.
    assert "left out: known-counts.flops (" in outcome.text
    unpacked = unpacked_parts(tmp_path / "e.tgz", tmp_path / "unpacked")
    assert "known-counts.flops" in (unpacked / packing.LEFT_OUT).read_text() and not list(unpacked.glob("captures/*"))


def test_a_program_that_crashes_fails_its_stage_and_no_other(tmp_path, build_with):
    crashing = build_with("tests/known_counts", "os.kill(os.getpid(), signal.SIGSEGV)\n")
    outcome = gate(tmp_path, "--only", "build,known,modes,ncu", build=crashing)
    assert outcome.code == 1
    assert "SIGSEGV" in outcome.stage("known")["error"]
    assert outcome.stage("modes")["passed"]
    assert "stage known left none" in outcome.stage("ncu")["error"]


def test_a_range_that_counts_something_else_fails_and_unfinished_costs_are_kept(tmp_path, build_with):
    other = build_with("tests/cost_program", """
lines = [json.loads(line) for line in real().stdout.splitlines()]
for line in lines[:-1]:
    if line["case"] == "launch.long.auto_range.instrumented":
        line["wrong_counts"] = 1
    if line["case"] == "launch.long.user_range.instrumented":
        line["wrong_counts"] = 2
    if line["case"] == "session.hardware.16":
        line["ranges"][2] = 0
    print(json.dumps(line), flush=True)
print(json.dumps(lines[-1])[:20], flush=True)
os.kill(os.getpid(), signal.SIGSEGV)
""")
    outcome = gate(tmp_path, "--only", "build,cost", build=other)
    assert outcome.failed_claims() == {"cost.every_case", "cost.counts.launch.long.auto_range.instrumented",
                                       "cost.ranges.session.hardware.16"}
    assert "SIGSEGV" in outcome.stage("cost")["error"]
    (lacking,) = (c["seen"] for c in outcome.results["claims"] if c["claim"] == "cost.every_case")
    assert lacking == {"session.hardware.1024": "not reached"}
    found = {f["finding"]: f["text"] for f in outcome.results["findings"]}
    assert found["cost.not_isolated.launch.long.user_range.instrumented"].startswith("2 of 60 ranges")
    times = {name: text for name, text in found.items() if name.startswith("cost.time.")}
    assert len(times) == 45 and all(text.startswith("synthetic: ") for text in times.values())
    assert json.loads((outcome.folder / "cost.json").read_text())["session.hardware.64"]["max_ranges"] == 64


def test_a_capture_that_is_disturbed_fails(tmp_path, build_with):
    other = build_with("tests/captured_program", """
done = real()
report = json.loads(done.stdout)
file = sys.argv[sys.argv.index("--checks") + 1]
checks = json.load(open(file))
if "--by-scope" in sys.argv:
    checks["captures"]["relaxed"]["end"] = 901
    report["totals"]["measured_total_flops"] += 1
else:
    checks["results_equal"] = False
    for kernel in report["kernels"]:
        if kernel["graph"] is not None and kernel["kernel"] == "known_fadd":
            kernel["launches"] += 1
        if kernel["graph"] is None and kernel["kernel"] == "known_ffma":
            kernel["launches"] -= 1
            kernel["metric_sums"] = {name: value and value - 1 for name, value in kernel["metric_sums"].items()}
    report["kernels"].append({**report["kernels"][0], "graph": None, "kernel": "(CUDA graph 9)", "launches": 2})
    report["data_losses"] = []
json.dump(checks, open(file, "w"))
print(json.dumps(report))
""")
    outcome = gate(tmp_path, "--only", "build,captures", build=other)
    assert outcome.failed_claims() == {
        "captures.undisturbed.by-scope", "captures.counted.by-scope", "captures.same_results.by-launch",
        "captures.in_a_graph.by-launch", "captures.launches.by-launch", "captures.counted.by-launch",
        "captures.graphs.by-launch", "captures.losses.by-launch"}


def test_what_failed_runs_again_with_its_own_archive(tmp_path):
    first = tmp_path / "first"
    first.mkdir()
    stages = [{"name": name, "passed": name != "ncu"} for name in STAGES]
    (first / "results.json").write_text(json.dumps({"synthetic": True, "stages": stages}))
    outcome = gate(tmp_path, "--again", first, "--archive", tmp_path / "again.tgz")
    assert outcome.code == 0, outcome.text
    # ncu compares its counts with those of `known`, so that runs too; nothing is built.
    assert [(s["name"], s["passed"]) for s in outcome.results["stages"]] == [("known", True), ("ncu", True)]
    assert outcome.results["machine"]["again_after"] == "first"
    assert (unpacked_parts(tmp_path / "again.tgz", tmp_path / "unpacked") / "results.json").is_file()
    assert not (first / "captures").exists()
    (first / "results.json").write_text(json.dumps({"synthetic": True, "stages": [{**s, "passed": True} for s in stages]}))
    outcome = gate(tmp_path / "nothing", "--again", first)
    assert (outcome.code, outcome.results) == (0, {}) and "nothing to run again" in outcome.text
    assert gate(tmp_path / "none", "--again", tmp_path / "no-such-run").code == 2
    assert gate(tmp_path / "both", "--again", first, "--only", "known").code == 2


def test_modes_that_differ_fail(tmp_path, build_with):
    other = build_with("tests/mixed_program", """
done = real()
result = json.loads(done.stdout)
if result["mode"] == "kernel":
    counters = result["kernels"]["known_fadd"]["counters"]
    counters["sm__sass_thread_inst_executed_op_fadd_pred_on.sum"] += 1
if result["mode"] == "scope":
    result["data_losses"].append("ranges_dropped")
print(json.dumps(result))
sys.exit(done.returncode)
""")
    outcome = gate(tmp_path, "--only", "build,modes", build=other)
    assert {"modes.paper.kernel", "modes.equal.none_and_kernel", "modes.equal.iteration_and_kernel",
            "modes.losses.scope"} == outcome.failed_claims()


def test_a_mode_that_crashes_leaves_the_others(tmp_path, build_with):
    crashing = build_with("tests/mixed_program",
                          "'iteration' in sys.argv and os.abort()\nos.execv(REAL, [REAL, *sys.argv[1:]])\n")
    outcome = gate(tmp_path, "--only", "build,modes", build=crashing)
    assert outcome.failed_claims() == {"modes.ran.iteration"}
    claims = {c["claim"] for c in outcome.results["claims"]}
    assert {"modes.equal.none_and_kernel", "modes.equal.none_and_scope"} <= claims


def test_a_model_that_counts_differently_fails(tmp_path, build_with):
    other = build_with("bin/attention", """
done = real()
sys.stdout.write(re.sub(r'("operator_macs": )(\\d+)', lambda m: m[1] + str(int(m[2]) + 1), done.stdout))
sys.exit(done.returncode)
""")
    (other / "tests/torch_products").unlink()  # which would take long
    outcome = gate(tmp_path, "--only", "models", build=other)
    assert outcome.failed_claims() == {"models.operator.attention-cpu", "models.ran.products-cpu"}


def test_ncu_that_is_missing_or_reads_other_values_fails(tmp_path):
    counts = (NCU.parent / "synthetic_counts.csv").read_text()
    other = tmp_path / "other.csv"
    lines = counts.splitlines()
    at = next(i for i, line in enumerate(lines) if '"known_fmul"' in line)
    lines[at] = lines[at].replace("8,192,000", "8,192,001")
    other.write_text("\n".join(lines))
    outcome = gate(tmp_path, "--only", "build,known,ncu", STANDIN_NCU_CSV=str(other))
    assert outcome.failed_claims() == {"ncu.equal.known_fmul"}
    # Equal in all that it read, which does not count what the kernel does.
    header = lines[1].split('","')
    column = header.index("sm__sass_thread_inst_executed_op_fadd_pred_on.sum")
    other.write_text("\n".join(line if '"known_fadd"' not in line else '","'.join(
        "n/a" if i == column else cell for i, cell in enumerate(line.split('","'))) for line in counts.splitlines()))
    outcome = gate(tmp_path / "without", "--only", "build,known,ncu", STANDIN_NCU_CSV=str(other))
    assert outcome.failed_claims() == {"ncu.equal.known_fadd"}
    outcome = gate(tmp_path / "missing", "--only", "build,known,ncu", NCU=str(tmp_path / "no-ncu"))
    assert outcome.code == 1
    assert "cannot be run" in outcome.stage("ncu")["error"]
    other.write_text("==ERROR== no such metric\n")
    outcome = gate(tmp_path / "bad", "--only", "build,known,ncu", STANDIN_NCU_CSV=str(other))
    assert "cannot be read" in outcome.stage("ncu")["error"]


def test_timing_fails_where_counting_costs_as_much_as_ncu(tmp_path, build_with):
    outcome = gate(tmp_path, "--only", "build,timing", build=build_with("tests/mixed_program", timed(60000)))
    assert outcome.failed_claims() == {"timing.none_to_ncu"}
    assert {(t["way"], t["runs"], t["steps"], t["added_ns_per_launch"]) for t in outcome.results["timings"]} \
        == {("bare", 3, 15, 0), ("none", 3, 15, 60000), ("iteration", 1, 5, 60000), ("kernel", 1, 1, 60000),
            ("ncu", 1, 2, 60000)}
    assert all(t["added_ns_per_step"] == t["launches"] * t["added_ns_per_launch"] for t in outcome.results["timings"])
    assert outcome.results["timings"][0]["launches"] > 100


def test_timing_fails_where_launches_are_missing_or_ncu_is(tmp_path, build_with):
    lossy = timed(2000000).replace("print", """
if result["mode"] == "none":
    result["kernels"]["known_fadd"]["launches"] -= 1
print""")
    outcome = gate(tmp_path, "--only", "build,timing", build=build_with("tests/mixed_program", lossy),
                   NCU=str(tmp_path / "no-ncu"))
    assert outcome.failed_claims() == {"timing.counted", "timing.ran.ncu"}


def test_python_that_cannot_be_loaded_fails_and_a_package_that_is_not_built_is_skipped(tmp_path, build_with):
    build = build_with("bin/attention", "")
    (build / "python").unlink()
    outcome = gate(tmp_path, "--only", "build,python", build=build)
    assert outcome.stage("python")["passed"]
    assert [f["text"] for f in outcome.results["findings"] if f["finding"] == "python.skipped"] \
        == ["the package is not built"]
    for file, text in (("flopwatch/_native.so", ""), ("torch/__init__.py", "raise ImportError('this torch is broken')")):
        (build / "python" / file).parent.mkdir(parents=True)
        (build / "python" / file).write_text(text)
    outcome = gate(tmp_path / "broken", "--only", "build,python", build=build)
    assert outcome.failed_claims() \
        == {f"python.ran.{name}" for name in ("columns", "rules", "quickstart", "training", "seed_rows")}
    assert "this torch is broken" in outcome.text


def test_a_crash_of_a_probe_is_an_answer_and_an_error_is_not(tmp_path, build_with):
    other = build_with("tests/gpu_probes", """
if sys.argv[1] == "--list":
    print(json.dumps([{"probe": "one", "question": "Does it crash?"}, {"probe": "two", "question": "Is it asked?"}]))
elif sys.argv[1] == "one":
    os.kill(os.getpid(), signal.SIGABRT)
else:
    sys.exit("there is nothing to ask")
""")
    outcome = gate(tmp_path, "--only", "build,probes", build=other)
    assert outcome.failed_claims() == {"probes.asked.two"}
    assert any("SIGABRT" in f["text"] for f in outcome.results["findings"])


def test_a_changed_byte_in_a_capture_fails_recheck(tmp_path, build_with):
    other = build_with("bin/flopwatch", """
if sys.argv[1] == "recheck":
    import sqlite3
    db = sqlite3.connect(sys.argv[2])
    chunk, image = db.execute("SELECT chunk, bytes FROM raw_image LIMIT 1").fetchone()
    db.execute("UPDATE raw_image SET bytes = ? WHERE chunk = ?", (image[:-1] + bytes([image[-1] ^ 1]), chunk))
    db.commit()
    db.close()
os.execv(REAL, [REAL, *sys.argv[1:]])
""")
    outcome = gate(tmp_path, "--only", "build,known,recheck", build=other)
    assert outcome.failed_claims() == {"recheck.equal.known-counts"}


@pytest.mark.parametrize("stage, program", [("doctor", "bin/flopwatch"), ("known", "tests/known_counts"),
                                            ("modes", "tests/mixed_program"), ("models", "bin/attention"),
                                            ("probes", "tests/gpu_probes")])
def test_a_hanging_program_is_ended_at_its_limit(tmp_path, build_with, stage, program):
    hanging = build_with(program, "time.sleep(100)\n")
    outcome = gate(tmp_path, "--only", f"build,{stage}", "--stage-limit", "0.05", build=hanging)
    assert outcome.code == 1
    failed = "".join(str(c["seen"]) for c in outcome.results["claims"] if not c["passed"])
    said = outcome.stage(stage)["error"] + failed
    assert "did not end within" in said
    assert outcome.results["seconds"] < 60
