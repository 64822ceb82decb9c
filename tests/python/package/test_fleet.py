# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Captures of many ranks as a Parquet folder: its sums are those of the reports, in every engine."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import fleet_packages

fleet_packages.use("pyarrow", "duckdb")

import pyarrow.parquet  # noqa: E402

import flopwatch  # noqa: E402
from flopwatch import fleet  # noqa: E402
from flopwatch._fleet import tables  # noqa: E402


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(8, width), nn.ReLU(), nn.Linear(width, 8))

    def forward(self, x):
        return (self.layers(x) @ x.mT).softmax(-1)


def record(path, rank=None, width=16, world_size=None, **info):
    """A capture of one rank, recorded here; the numbers of a launcher are written into it."""
    model, x = Net(width), torch.randn(4, 8)
    with flopwatch.watch(model, capture=str(path)):
        model(x).sum().backward()
    entries = {**info}
    if rank is not None:
        entries["rank"] = str(rank)
    if world_size is not None:
        entries["world_size"] = str(world_size)
    if entries:
        change(path, entries)
    return str(path)


def change(path, entries):
    with sqlite3.connect(path) as db:
        for key, value in entries.items():
            db.execute("DELETE FROM info WHERE key = ?", (key,))
            db.execute("INSERT INTO info VALUES (?, ?)", (key, value))
        # Its checksum is that of what was recorded.
        rows = db.execute("SELECT count(*) FROM info").fetchone()[0]
        db.execute("UPDATE closed SET checksum = NULL, rows = ? WHERE table_name = 'info'", (rows,))
    db.close()


@pytest.fixture
def files(tmp_path):
    return [record(tmp_path / f"{rank}.flops", rank, 16 + 8 * rank, 3) for rank in range(3)]


@pytest.fixture
def folder(tmp_path, files):
    fleet.export(files, tmp_path / "fleet", run="test")
    return str(tmp_path / "fleet")


def one(connection, query):
    return connection.execute(query).fetchone()


def test_sums_are_those_of_the_reports(files, folder):
    reports = [flopwatch.open(file) for file in files]
    with fleet.open(folder) as f:
        for rank, report in enumerate(reports):
            for row in report.data["rows"]:
                found = one(
                    f,
                    "SELECT path, operator_macs, operator_other_flops, formula_macs, calls, measured_total_flops "
                    f"FROM scope_by_rank WHERE rank = {rank} AND row = {row['row']}",
                )
                assert found == (
                    row["path"],
                    row["operator_macs"],
                    row["operator_other_flops"],
                    row["formula_macs"],
                    row["calls"],
                    row["measured_total_flops"],
                )
        for path in ("", "layers", "layers.0", "layers.2"):
            rows = [next(row for row in report.rows if row.path == path and not row.outside) for report in reports]
            found = one(
                f,
                "SELECT operator_macs, operator_other_flops, formula_macs, ranks, exact FROM scope_totals "
                f"WHERE path = '{path}' AND NOT outside",
            )
            assert found == (
                sum(row.operator_macs for row in rows),
                sum(row.operator_other_flops for row in rows),
                sum(row.formula_macs for row in rows),
                3,
                True,
            )
        by_phase = f.execute("SELECT phase, sum(operator_macs) FROM scope_totals_by_phase WHERE depth = 0 GROUP BY 1")
        assert {phase: macs for phase, macs in by_phase.fetchall() if macs} == {
            phase: macs
            for phase in ("forward", "backward")
            if (macs := sum(report.total.operator.macs_by_phase[phase] for report in reports))
        }
        operators = one(f, "SELECT sum(macs) FROM operator_totals")[0]
        assert operators == sum(report.total.operator.macs for report in reports)
        assert one(f, "SELECT ranks, missing_ranks, exact FROM runs") == (3, 0, True)


def test_a_run_that_lacks_a_rank_is_not_exact(tmp_path, files):
    fleet.export(files[:2], tmp_path / "fleet")
    with fleet.open(tmp_path / "fleet") as f:
        assert one(f, "SELECT ranks, missing_ranks, exact FROM runs") == (2, 1, False)
        assert one(f, "SELECT bool_or(exact) FROM scope_totals") == (False,)
        assert one(f, "SELECT kind, severity, count FROM loss_totals WHERE severity = 'error'") == (
            "rank_missing",
            "error",
            1,
        )


def test_a_loss_of_one_rank_is_one_of_the_whole_scope(tmp_path, files):
    with sqlite3.connect(files[1]) as db:
        db.execute("INSERT INTO data_loss VALUES (1, 'rule_failed', 'error', 1, 'A made-up loss.')")
        db.execute("UPDATE closed SET checksum = NULL, rows = rows + 1 WHERE table_name = 'data_loss'")
    db.close()
    fleet.export(files, tmp_path / "fleet")
    with fleet.open(tmp_path / "fleet") as f:
        assert one(f, "SELECT exact FROM scope_totals WHERE path = 'layers.0'") == (False,)
        assert f.execute("SELECT rank, exact FROM rank_totals ORDER BY 1").fetchall() == [
            (0, True),
            (1, False),
            (2, True),
        ]
        assert one(f, "SELECT kind, ranks FROM loss_totals WHERE severity = 'error'") == ("rule_failed", 1)


def test_measured_sums_beyond_64_bits_and_of_ranks_without_counters(tmp_path):
    folder = tmp_path / "fleet"
    large = 2**63 - 1
    files = [record(tmp_path / f"{rank}.flops", rank) for rank in range(2)]
    for file in files:
        with sqlite3.connect(file) as db:
            db.execute("UPDATE operator_call SET macs = ?, useful_macs = ? WHERE macs > 0", (large, large))
            calls = db.execute("SELECT count(*) FROM operator_call WHERE macs > 0").fetchone()[0]
            db.execute("UPDATE closed SET checksum = NULL")
        db.close()
    fleet.export(files, folder)
    with fleet.open(folder) as f:
        macs, measured = one(f, "SELECT operator_macs, measured_total_flops FROM scope_totals WHERE depth = 0")
        assert macs == 2 * calls * large > 2**65
        assert measured is None, "not collected is not 0"
        assert one(f, "SELECT ranks_measured FROM runs") == (0,)
        assert one(f, "SELECT exact FROM scope_totals WHERE depth = 0") == (True,), "the sum is known"


def test_a_rank_is_refused_twice_and_nothing_is_added(tmp_path, files, folder):
    with pytest.raises(flopwatch.UsageError, match="has rank 1 of run test already"):
        fleet.export([record(tmp_path / "3.flops", 3), files[1]], folder, run="test")
    assert not (Path(folder) / "processes/run=test/rank=3").exists()
    assert not list(Path(folder).glob(".unfinished-*"))
    again = str(tmp_path / "again.flops")
    shutil.copy(files[0], again)
    with pytest.raises(flopwatch.UsageError, match="are both of rank 0"):
        fleet.export([files[0], again], tmp_path / "other")
    assert fleet.export([record(tmp_path / "3.flops", 3)], folder, run="test").ranks == (3,)


def test_what_cannot_be_exported_is_refused(tmp_path, files):
    with pytest.raises(flopwatch.CaptureError, match=r"nothing\.flops"):
        fleet.export([files[0], tmp_path / "nothing.flops"], tmp_path / "fleet")
    assert not list((tmp_path / "fleet").iterdir())
    with pytest.raises(flopwatch.UsageError, match="the name of a run"):
        fleet.export(files, tmp_path / "fleet", run="a/b")
    with pytest.raises(flopwatch.UsageError, match="at least one capture"):
        fleet.export([], tmp_path / "fleet")
    with pytest.raises(flopwatch.UsageError, match="has no exported rank"):
        fleet.open(tmp_path / "fleet")
    change(files[0], {"rank": "first"})
    with pytest.raises(flopwatch.CaptureError, match="the rank 'first', which is no number"):
        fleet.export(files, tmp_path / "fleet")


def test_a_rank_that_was_interrupted_is_left_out_and_written_again(files, folder):
    place = Path(folder) / "processes/run=test/rank=2/part.parquet"
    place.unlink()
    with fleet.open(folder) as f:
        assert one(f, "SELECT ranks, missing_ranks, exact FROM runs") == (2, 1, False)
        assert one(f, "SELECT max(rank) FROM scopes") == (1,)
        assert one(f, "SELECT ranks FROM scope_totals WHERE depth = 0") == (2,)
    fleet.export([files[2]], folder, run="test")
    with fleet.open(folder) as f:
        assert one(f, "SELECT ranks FROM scope_totals WHERE depth = 0") == (3,)


def test_files_appear_whole_or_not_at_all(tmp_path, files, monkeypatch):
    write, seen = tables.write, []

    def fails(table, path):
        write(table, path)
        seen.append(path)
        if len(seen) == 9:
            raise KeyboardInterrupt

    monkeypatch.setattr(tables, "write", fails)
    with pytest.raises(KeyboardInterrupt):
        fleet.export(files, tmp_path / "fleet")
    assert not list((tmp_path / "fleet").iterdir())


def test_a_folder_of_a_newer_flopwatch_is_refused(folder):
    place = next(Path(folder).glob("processes/*/rank=0/part.parquet"))
    table = pyarrow.parquet.read_table(place, partitioning=None)
    newer = table.column("schema_version").to_pylist()[0] + 1
    at = table.schema.get_field_index("schema_version")
    pyarrow.parquet.write_table(table.set_column(at, "schema_version", pyarrow.array([newer])), place)
    with pytest.raises(flopwatch.UsageError, match="update flopwatch"):
        fleet.open(folder)


def test_files_say_their_version_and_have_128_bit_sums(folder):
    for name in tables.NAMES:
        for place in Path(folder).glob(f"{name}/*/*/part.parquet"):
            schema = pyarrow.parquet.read_schema(place)
            assert schema.metadata[b"flopwatch.schema_version"] == b"1"
    schema = pyarrow.parquet.read_schema(next(Path(folder).glob("scopes/*/*/part.parquet")))
    assert schema.field("operator_macs").type == pyarrow.decimal128(38, 0)
    assert schema.field("path").type == pyarrow.string()


DOCUMENT = (Path(__file__).parents[3] / "docs/fleet.md").read_text()


def test_every_column_and_view_is_documented(folder):
    for name in tables.NAMES:
        for column in pyarrow.parquet.read_schema(next(Path(folder).glob(f"{name}/*/*/part.parquet"))).names:
            assert column.removesuffix("_ceiling") in DOCUMENT, column
    with fleet.open(folder) as f:
        for (view,) in f.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
            assert view in DOCUMENT, view


def totals(folder):
    with fleet.open(folder) as f:
        return f.execute(
            "SELECT path, sum(operator_macs), sum(operator_other_flops) FROM scopes GROUP BY path ORDER BY path"
        ).fetchall()


def test_pandas_reads_the_same_sums(folder):
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(os.path.join(folder, "scopes"), dtype_backend="pyarrow")
    sums = frame.groupby("path")[["operator_macs", "operator_other_flops"]].sum().sort_index()
    assert [(path, row.iloc[0], row.iloc[1]) for path, row in sums.iterrows()] == totals(folder)
    assert sorted(frame["rank"].astype(int).unique()) == [0, 1, 2]


def test_dask_reads_the_same_sums(folder):
    fleet_packages.use("dask")
    import dask
    import dask.dataframe

    frame = dask.dataframe.read_parquet(os.path.join(folder, "scopes"), dtype_backend="pyarrow")
    assert frame.npartitions > 1
    with dask.config.set(scheduler="threads"):
        sums = frame.groupby("path")[["operator_macs", "operator_other_flops"]].sum().compute().sort_index()
    assert [(path, row.iloc[0], row.iloc[1]) for path, row in sums.iterrows()] == totals(folder)


def run(*words, **environment):
    folders = [str(Path(flopwatch.__file__).parents[1]), *sys.path]
    return subprocess.run(
        words,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders), **environment},
    )


def test_the_module_exports(tmp_path, files):
    module = (sys.executable, "-m", "flopwatch.fleet", "export", "--parquet", str(tmp_path / "fleet"))
    done = run(*module, "--run", "mine", *files)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Added 3 ranks of run mine to {tmp_path / 'fleet'}\n"
    again = run(*module, "--run", "mine", files[0])
    assert again.returncode == 2 and again.stderr.startswith("flopwatch: '") and not again.stdout


def test_the_program_exports(tmp_path, files):
    """It finds the Python that has the package on PATH."""
    program = Path(os.environ.get("FLOPWATCH_BIN_DIR", Path(__file__).parents[3] / "build/bin")) / "flopwatch"
    if not program.exists():
        pytest.skip("FLOPWATCH_BIN_DIR is not set: run through ctest")
    on_path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = run(str(program), "export", "--parquet", str(tmp_path / "fleet"), *files, PATH=on_path)
    assert (done.returncode, done.stderr) == (0, "")
    with fleet.open(tmp_path / "fleet") as f:
        assert one(f, "SELECT ranks, exact FROM runs") == (3, True)
        name, started = one(f, "SELECT any_value(run), min(started_utc) FROM processes")
        assert name == started.replace(":", "")
    missing = run(
        str(program), "export", "--parquet", str(tmp_path / "other"), str(tmp_path / "no.flops"), PATH=on_path
    )
    assert missing.returncode == 2 and "no.flops" in missing.stderr and missing.stderr.startswith("flopwatch: ")


def test_without_pyarrow_the_message_says_what_to_install(tmp_path, files):
    code = "import sys; sys.modules['pyarrow'] = None; import flopwatch._fleet.command as c; sys.exit(c.main())"
    done = run(sys.executable, "-c", code, "export", "--parquet", str(tmp_path / "fleet"), files[0])
    assert done.returncode == 2
    assert "the package pyarrow is not installed" in done.stderr and "pip install 'flopwatch[fleet]'" in done.stderr
    assert not (tmp_path / "fleet").exists()


PROGRAM = """
import os, sys
import torch
from torch import nn
import flopwatch

torch.distributed.init_process_group("gloo")
rank = torch.distributed.get_rank()
torch.manual_seed(0)
model = nn.parallel.DistributedDataParallel(nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 8)))
with flopwatch.watch(model, capture=sys.argv[1] + "/%r.flops"):
    model(torch.randn(4 + rank, 8)).sum().backward()
torch.distributed.barrier()
sys.stdout.flush()
os._exit(0)  # threads of gloo can abort a process that ends as usual
"""


def test_four_ranks_of_torchrun_with_gloo(tmp_path):
    (tmp_path / "train.py").write_text(PROGRAM)
    started = run(
        *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "4", "--nnodes", "1"),
        *("--master-addr", "127.0.0.1", "--master-port", "0", "--rdzv-backend", "c10d"),
        *("--rdzv-endpoint", "127.0.0.1:0", str(tmp_path / "train.py"), str(tmp_path)),
        OMP_NUM_THREADS="1",
        GLOO_SOCKET_IFNAME="lo",
    )
    assert started.returncode == 0, started.stderr
    files = sorted(tmp_path.glob("*.flops"))
    assert [file.name for file in files] == ["0.flops", "1.flops", "2.flops", "3.flops"]
    exported = fleet.export(files, tmp_path / "fleet")
    assert exported.ranks == (0, 1, 2, 3)
    reports = [flopwatch.open(file) for file in files]
    with fleet.open(tmp_path / "fleet") as f:
        assert one(f, "SELECT ranks, world_size, missing_ranks FROM runs") == (4, 4, 0)
        macs, products = 0, 0
        for rank, report in enumerate(reports):
            of_rank = report.total.operator.macs
            assert one(f, f"SELECT operator_macs FROM rank_totals WHERE rank = {rank}") == (of_rank,)
            macs += of_rank
            products += (4 + rank) * (2 * 8 * 16)  # forward of both layers
        assert one(f, "SELECT operator_macs FROM scope_totals WHERE depth = 0") == (macs,)
        assert one(f, "SELECT operator_macs FROM scope_totals_by_phase WHERE depth = 0 AND phase = 'forward'") == (
            products,
        )
        assert one(f, "SELECT count(DISTINCT local_rank), count(DISTINCT pid) FROM processes") == (4, 4)
