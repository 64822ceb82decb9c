# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch run`: how a program starts and ends, alone and with others, is its own affair."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

import flopwatch
from flopwatch._run import start_folder
from run_program import NET_MACS, environment, kinds, names, recorded, run, script

ONE_CALL = "model = Net(); model(torch.randn(1, 4))\n"
KILLS = 20


@pytest.mark.parametrize(
    ("end", "code", "says"),
    [
        ("sys.exit(3)", 3, ""),
        ("sys.exit('a message')", 1, "a message\n"),
        ("raise ValueError('its own')", 1, "ValueError: its own"),
        ("", 0, ""),
    ],
)
def test_the_end_is_that_of_the_program(tmp_path: Path, end: str, code: int, says: str) -> None:
    file = script(tmp_path, f"import sys\n{ONE_CALL}{end}\n")
    plain = run(file, code=code)
    ended = run(file, code=code, env=environment(tmp_path / "run.flops"))
    assert says in ended.stderr
    assert (ended.stdout, ended.stderr) == (plain.stdout, plain.stderr)
    result = flopwatch.open(tmp_path / "run.flops")
    assert result.total.operator.macs >= NET_MACS and result.complete
    assert "began_at_first_call" in kinds(result)


def test_an_exception_inside_a_module_passes(tmp_path: Path) -> None:
    """Its traceback has the lines of PyTorch that call hooks, too."""
    file = script(tmp_path, f"{ONE_CALL}model(torch.randn(1, 5))")
    plain = run(file, code=1).stderr.splitlines()
    with_hooks = run(file, code=1, env=environment(tmp_path / "run.flops")).stderr.splitlines()
    assert with_hooks[-1] == plain[-1] and "shapes cannot be multiplied" in plain[-1]
    assert not any("flopwatch" in line for line in with_hooks)
    assert flopwatch.open(tmp_path / "run.flops").complete


def test_exit_functions_of_the_program_are_recorded(tmp_path: Path) -> None:
    result = recorded(tmp_path, f"import atexit\n{ONE_CALL}atexit.register(lambda: model(torch.randn(1, 4)))\n")
    assert result.total.operator.macs == 2 * NET_MACS


@pytest.mark.parametrize("how", [["-m", "train"], ["-c", "import train"]])
def test_modules_and_commands(tmp_path: Path, how: list[str]) -> None:
    script(tmp_path, ONE_CALL)
    run(*how, env=environment(tmp_path / "run.flops"), cwd=tmp_path)
    assert flopwatch.open(tmp_path / "run.flops").total.operator.macs == NET_MACS


def test_the_program_finds_its_own_sitecustomize(tmp_path: Path) -> None:
    text = "import sys\nprint('own', __name__, sys.path[0:0], 'flopwatch' in sys.modules, 'torch' in sys.modules)\n"
    (tmp_path / "sitecustomize.py").write_text(text)
    env = environment(tmp_path / "run.flops")
    env["PYTHONPATH"] += os.pathsep + str(tmp_path)
    shown = "import sys, sitecustomize; print(sitecustomize.__file__); print(sys.path)"
    ended = run("-c", shown, env=env)
    own, file, path = ended.stdout.splitlines()
    assert own == "own sitecustomize [] False False"
    assert file == str(tmp_path / "sitecustomize.py")
    assert start_folder() not in path
    (tmp_path / "sitecustomize.py").write_text("raise RuntimeError('of its own')")
    plain = {key: value for key, value in env.items() if key != "FLOPWATCH_RUN"}
    plain["PYTHONPATH"] = str(tmp_path)
    said = "Error in sitecustomize; set PYTHONVERBOSE for traceback:\nRuntimeError: of its own\n"
    assert run("-c", "pass", env=plain).stderr == run("-c", "pass", env=env).stderr == said


def test_torch_looks_as_always(tmp_path: Path) -> None:
    shown = """
import importlib.util, sys
before = len(sys.meta_path)
assert importlib.util.find_spec("torch") is not None and "torch" not in sys.modules
import torch
print(type(torch.__loader__).__name__, vars(torch.__loader__).keys(), torch.__spec__.loader is torch.__loader__)
print(before - len([each for each in sys.meta_path if type(each).__module__ != "flopwatch._compiled.capture"]))
print("flopwatch._run.recorder" in sys.modules)
"""
    lines = run("-c", shown, env=environment(tmp_path / "run.flops")).stdout.splitlines()
    assert lines == ["SourceFileLoader dict_keys(['name', 'path']) True", "1", "True"]
    assert names(tmp_path.iterdir()) == []  # no module was called


def test_without_flopwatch_it_says_so_once(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("print('a torch')")
    (tmp_path / "flopwatch.py").write_text("raise ImportError('no\\nflopwatch here')")
    env = {**environment(tmp_path / "run.flops"), "PYTHONPATH": os.pathsep.join([start_folder(), str(tmp_path)])}
    ended = run("-c", "import subprocess, sys, torch; subprocess.run([sys.executable, '-c', 'import torch'])", env=env)
    assert ended.stdout == "a torch\n" * 2
    assert ended.stderr == (
        f"flopwatch run: nothing is recorded: flopwatch cannot be imported by {sys.executable}: no flopwatch here\n"
    )


def test_a_script_may_import_flopwatch_before_torch(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text("import flopwatch\nimport torch\ntorch.nn.Linear(4, 3)(torch.ones(1, 4))\n")
    assert run(file, env=environment(tmp_path / "run.flops")).stderr == ""
    assert flopwatch.open(tmp_path / "run.flops").total.operator.macs == 12


def test_a_capture_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    file = script(tmp_path, ONE_CALL + "print(model(torch.ones(1, 4)).shape)")
    ended = run(file, env=environment(tmp_path / "missing" / "run.flops"))
    assert ended.stdout == "torch.Size([1, 3])\n"
    assert ended.stderr.startswith("flopwatch run: nothing more is recorded in process ")
    assert ended.stderr.count("\n") == 1


OWN_USES = {
    "count": "print(flopwatch.count(model, x).total.operator.macs)",
    "watch": "with flopwatch.watch(model) as w: model(x)\nprint(w.result.total.operator.macs)",
    "meter": "with flopwatch.meter(model) as m: model(x); m.step()\nprint(120)",
}


@pytest.mark.parametrize("use", OWN_USES)
@pytest.mark.parametrize("first", [True, False])
def test_a_program_that_counts_itself_goes_first(tmp_path: Path, use: str, first: bool) -> None:
    before = "" if first else "model(x)\n"
    twice = f"{OWN_USES[use]}\n" * 2
    file = script(tmp_path, f"import flopwatch\nmodel, x = Net(), torch.randn(1, 4)\n{before}{twice}model(x)")
    ended = run(file, env=environment(tmp_path / "run.flops"))
    assert ended.stdout == f"{NET_MACS}\n" * 2
    assert ended.stderr.startswith("flopwatch run: this program counts itself with flopwatch")
    assert ended.stderr.count("\n") == 1
    if first:
        assert names(tmp_path.glob("*.flops*")) == []
    else:
        result = flopwatch.open(tmp_path / "run.flops")
        assert kinds(result) == ["began_at_first_call", "own_session"] and not result.exact
        assert result.total.operator.macs == NET_MACS


FORKS = """
import os, sys
model, x = Net(), torch.randn(1, 4)
model(x)
child = os.fork()
if child == 0:
    model(x); model(x)
    sys.exit(0)
quiet = os.fork()
if quiet == 0:
    sys.exit(0)
for each in (child, quiet):
    assert os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) == 0
model(x)
print(child)
"""


def test_a_forked_child_has_its_own_file(tmp_path: Path) -> None:
    ended = run(script(tmp_path, FORKS), env=environment(tmp_path / "run.flops"))
    assert ended.stderr == ""
    child = int(ended.stdout)
    assert names(tmp_path.glob("*.flops*")) == sorted(["run.flops", f"run.{child}.flops"])
    assert flopwatch.open(tmp_path / "run.flops").total.operator.macs == 2 * NET_MACS
    of_child = flopwatch.open(tmp_path / f"run.{child}.flops")
    assert of_child.total.operator.macs == 2 * NET_MACS and of_child.complete
    assert of_child.rows[0].type == "Net"


POOLS = """
import multiprocessing, sys
def work(times):
    net = Net()
    for _ in range(times):
        net(torch.randn(1, 4))
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    all = [context.Process(target=work, args=(times,)) for times in (1, 2, 0)]
    for one in all: one.start()
    for one in all: one.join()
    assert [one.exitcode for one in all] == [0, 0, 0]
    print(*(one.pid for one in all[:2]))
"""


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_of_multiprocessing_have_files_of_their_own(tmp_path: Path, method: str) -> None:
    ended = run(script(tmp_path, POOLS), method, env=environment(tmp_path / "run.flops"))
    assert ended.stderr == ""
    files = [tmp_path / f"run.{process}.flops" for process in ended.stdout.split()]
    assert names(tmp_path.glob("*.flops*")) == names(files)
    assert [flopwatch.open(file).total.operator.macs for file in files] == [NET_MACS, 2 * NET_MACS]


RANKS = """
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
dist.init_process_group("gloo")
model = DistributedDataParallel(Net())
x = torch.randn(1 + dist.get_rank(), 4)
for _ in range(2):
    model(x).sum().backward()
dist.destroy_process_group()
"""


@pytest.mark.parametrize(("pattern", "files"), [("run.flops", "run.rank%d.flops"), ("r%r.flops", "r%d.flops")])
def test_each_rank_has_its_own_file(tmp_path: Path, pattern: str, files: str) -> None:
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    run(*launch, script(tmp_path, RANKS), env=environment(tmp_path / pattern), cwd=tmp_path)
    assert names(tmp_path.glob("*.flops*")) == [files % 0, files % 1]
    for rank in (0, 1):
        result = flopwatch.open(tmp_path / (files % rank))
        assert result.rows[0].type == "DistributedDataParallel" and result.rows[1].path == "module"
        assert result.rows[0].operator_macs_by_phase["forward"] == 2 * (1 + rank) * NET_MACS


def test_programs_that_a_recorded_program_starts(tmp_path: Path) -> None:
    script(tmp_path, ONE_CALL, "inner.py")
    text = ONE_CALL + "import subprocess, sys\nprint(subprocess.Popen([sys.executable, 'inner.py']).wait())"
    ended = run(script(tmp_path, text), env=environment(tmp_path / "run.flops"), cwd=tmp_path)
    assert (ended.stdout, ended.stderr) == ("0\n", "")
    assert len(names(tmp_path.glob("run.*.flops"))) == 1 and (tmp_path / "run.flops").exists()


KILLED = f"""
import os, random, signal, time
model, x = Net(), torch.randn(1, 4)
moments = random.Random(0)
for kill in range({KILLS}):
    ready, running = os.pipe()
    child = os.fork()
    if child == 0:
        model(x)
        os.write(running, b"1")
        while True:
            model(x)
    os.read(ready, 1)
    time.sleep(moments.uniform(0, 1.5))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print(child)
"""
"""The processes are forked, which spares each of them the import of torch."""


def test_a_kill_at_any_moment_leaves_a_part_file(tmp_path: Path) -> None:
    killed = run(script(tmp_path, KILLED), env=environment(tmp_path / "run.flops")).stdout.split()
    assert len(killed) == KILLS
    assert names(tmp_path.glob("*.flops")) == []
    for process in killed:
        result = flopwatch.open(tmp_path / f"run.{process}.flops.part")
        assert "capture_incomplete" in kinds(result) and not result.exact
        assert result.total.operator.macs % NET_MACS in (0, 32, 96)  # the kill can come between two layers


INTERRUPTED = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a program in the background of a shell has none
while True:
    model(torch.randn(1, 4))
    os.kill(os.getpid(), signal.SIGINT)
"""


def test_an_interrupt_ends_the_program_and_closes_the_file(tmp_path: Path) -> None:
    run(script(tmp_path, ONE_CALL + INTERRUPTED), env=environment(tmp_path / "run.flops"), code=-signal.SIGINT)
    result = flopwatch.open(tmp_path / "run.flops")
    assert result.complete and result.total.operator.macs == 2 * NET_MACS


def test_a_python_without_torch_has_nothing_to_wait_for(tmp_path: Path) -> None:
    """The work at the start, without the noise of starting a process: the file is executed again and again."""
    timed = """
import sys, time, types
file = sys.argv[1]
code = compile(open(file).read(), file, "exec")
times = []
for _ in range(200):
    sys.modules["sitecustomize"] = types.ModuleType("sitecustomize")
    begin = time.perf_counter()
    exec(code, {"__name__": "sitecustomize", "__file__": file})
    times.append(time.perf_counter() - begin)
    assert type(sys.meta_path.pop(0)).__name__ == "_AtTorch"
print(min(times))
"""
    found = run("-c", timed, str(Path(start_folder()) / "sitecustomize.py"), env=environment(tmp_path / "run.flops"))
    assert float(found.stdout) < 0.002
    imported = run("-c", "import sys; print(*sys.modules)", env=environment(tmp_path / "run.flops")).stdout.split()
    assert not {"torch", "flopwatch", "json", "typing"} & set(imported)
