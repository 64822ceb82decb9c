# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Where the meter's figures go: files, and other packages, read back by their own readers."""

import builtins
import csv
import json
import urllib.request

import pytest
import torch
from torch import nn

import flopwatch
from flopwatch import meters
from meter_models import Checkpointed, Training, metered, run
from meter_packages import use


@pytest.fixture
def train():
    step = Training(Checkpointed())
    x = torch.randn(4, 8)
    return lambda: step(x), step.model


def followed(train, outlet, steps=4):
    call, model = train
    with metered(model) as m:
        m.on_step(outlet)
        run(m, *[call] * steps)
    assert len(m.history) == steps
    return m


# ---- files


def test_a_row_of_csv_for_each_interval(train, tmp_path):
    m = followed(train, meters.csv_file(tmp_path / "steps.csv"))
    rows = list(csv.DictReader((tmp_path / "steps.csv").open(newline="")))
    assert [int(row["first_step"]) for row in rows] == [1, 2, 3, 4]
    for row, interval in zip(rows, m.history, strict=True):
        for name in ("executed_flops", "useful_flops", "recompute_flops", "other_flops", "steps_read"):
            assert int(row[name]) == getattr(interval, name)
        assert int(row["executed_flops_recompute"]) == interval.executed_flops_by_phase["recompute"] > 0
        assert int(row["executed_flops_fp32"]) == interval.executed_flops and row["executed_flops_bf16"] == "0"
        assert row["exact"] == "True"
    assert rows[0]["mfu"] == "", "unknown is not 0"
    assert float(rows[3]["mfu"]) == m.last.mfu


def test_an_object_of_json_for_each_interval(train, tmp_path):
    m = followed(train, meters.json_lines(tmp_path / "steps.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "steps.jsonl").read_text().splitlines()]
    assert [line["executed_flops"] for line in lines] == [interval.executed_flops for interval in m.history]
    assert lines[0]["mfu"] is None and "each step was counted" in lines[0]["no_utilization"]
    assert lines[3]["executed_flops_by_phase"] == m.last.executed_flops_by_phase and lines[3]["reasons"] == []


def test_a_file_is_replaced_and_then_grows(train, tmp_path):
    path = tmp_path / "steps.jsonl"
    path.write_text("old\n")
    outlet = meters.json_lines(path)
    followed(train, outlet, 2)
    followed(train, outlet, 3)
    assert len(path.read_text().splitlines()) == 5


@pytest.mark.parametrize("outlet", [meters.csv_file, meters.json_lines])
def test_a_file_that_cannot_be_written_is_refused_before_any_step(outlet, tmp_path):
    with pytest.raises(FileNotFoundError):
        outlet(tmp_path / "no folder" / "steps")
    with pytest.raises(flopwatch.UsageError, match="path is the path of a file, not 3"):
        outlet(3)


# ---- packages


def test_prometheus_is_scraped(train, monkeypatch):
    use(monkeypatch, "prometheus_client")
    from prometheus_client.parser import text_string_to_metric_families

    outlet = meters.prometheus(port=0)
    call, model = train
    with metered(model) as m:
        m.on_step(outlet)
        run(m, *[call] * 4)
        with urllib.request.urlopen(f"http://127.0.0.1:{outlet.port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    rank = ("rank", "0")
    for phase, flops in m.total.executed_flops_by_phase.items():
        labels = tuple(sorted([("precision", "fp32"), ("phase", phase), rank]))
        assert samples["flopwatch_executed_flops_total", labels] == flops > 0
    assert samples["flopwatch_useful_flops_total", (rank,)] == m.total.useful_flops
    assert samples["flopwatch_recompute_flops_total", (rank,)] == m.total.recompute_flops
    assert samples["flopwatch_steps_total", (rank, ("source", "read"))] == 2
    assert samples["flopwatch_steps_total", (rank, ("source", "reused"))] == 2
    assert samples["flopwatch_mfu_ratio", (rank,)] == pytest.approx(m.last.mfu)
    assert samples["flopwatch_hfu_ratio", (rank,)] == pytest.approx(m.last.hfu)
    assert samples["flopwatch_step_seconds", (rank,)] == pytest.approx(m.last.seconds)
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{outlet.port}/metrics", timeout=2)


def test_prometheus_at_a_port_that_is_taken(monkeypatch):
    use(monkeypatch, "prometheus_client")
    first = meters.prometheus(port=0)
    try:
        with pytest.raises(flopwatch.UsageError, match="cannot be served at 127.0.0.1:.*give another port"):
            meters.prometheus(port=first.port)
    finally:
        first.close()
    for port, words in [(None, "give the port"), (-1, "0 or more"), (70000, "0 to 65535"), ("80", "not '80'")]:
        with pytest.raises(flopwatch.UsageError, match=words):
            meters.prometheus(port)


def test_prometheus_with_the_programs_own_registry(train, monkeypatch):
    use(monkeypatch, "prometheus_client")
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    outlet = meters.prometheus(registry=registry)
    m = followed(train, outlet)
    assert outlet.port is None
    assert registry.get_sample_value("flopwatch_useful_flops_total", {"rank": "0"}) == m.total.useful_flops


def test_tensorboard_files_are_read_back(train, monkeypatch, tmp_path):
    use(monkeypatch, "tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    m = followed(train, meters.tensorboard(tmp_path))
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    executed = events.Scalars("flopwatch/executed_flops")
    assert [event.step for event in executed] == [1, 2, 3, 4]
    assert [event.value for event in executed] == [interval.executed_flops for interval in m.history]
    assert [event.step for event in events.Scalars("flopwatch/mfu")] == [3, 4], "unknown is left out, not 0"
    assert events.Scalars("flopwatch/recompute_flops")[3].value == m.last.recompute_flops


def test_tensorboard_with_the_programs_own_writer(train):
    class SyntheticWriter:
        def __init__(self):
            self.scalars, self.flushed, self.closed = [], 0, 0

        def add_scalar(self, name, value, step):
            self.scalars.append((name, value, step))

        def flush(self):
            self.flushed += 1

        def close(self):
            self.closed += 1

    writer = SyntheticWriter()
    m = followed(train, meters.tensorboard(writer))
    assert ("flopwatch/executed_flops", m.last.executed_flops, 4) in writer.scalars
    assert (writer.flushed, writer.closed) == (1, 0), "it is the program's"


def test_a_run_of_wandb(train):
    class SyntheticRun:
        def __init__(self):
            self.logged = []

        def log(self, values):
            self.logged.append(values)

    wandb_run = SyntheticRun()
    m = followed(train, meters.wandb(wandb_run))
    assert [values["flopwatch/step"] for values in wandb_run.logged] == [1, 2, 3, 4]
    assert wandb_run.logged[3]["flopwatch/mfu"] == m.last.mfu and "flopwatch/mfu" not in wandb_run.logged[0]


def test_a_run_of_mlflow(train, monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    mlflow = pytest.importorskip("mlflow", exc_type=ImportError)
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    with mlflow.start_run() as mlflow_run:
        m = followed(train, meters.mlflow())
    history = mlflow.MlflowClient().get_metric_history(mlflow_run.info.run_id, "flopwatch/executed_flops")
    assert [(metric.step, metric.value) for metric in history] == [
        (number, interval.executed_flops) for number, interval in enumerate(m.history, 1)
    ]


def test_instruments_of_opentelemetry(train, monkeypatch):
    use(monkeypatch, "opentelemetry.sdk")
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    m = followed(train, meters.opentelemetry(MeterProvider(metric_readers=[reader])))
    [resource] = reader.get_metrics_data().resource_metrics
    points = {metric.name: list(metric.data.data_points) for metric in resource.scope_metrics[0].metrics}
    executed = {point.attributes["phase"]: point.value for point in points["flopwatch.executed_flops"]}
    assert executed == m.total.executed_flops_by_phase
    assert points["flopwatch.mfu"][0].value == m.last.mfu
    assert {p.attributes["source"]: p.value for p in points["flopwatch.steps"]} == {
        "read": 2, "reused": 2, "missing": 0,
    }  # fmt: skip


MISSING = {
    "prometheus": ("prometheus_client", lambda: meters.prometheus(0)),
    "tensorboard": ("tensorboard", lambda: meters.tensorboard("runs")),
    "wandb": ("wandb", lambda: meters.wandb()),
    "mlflow": ("mlflow", lambda: meters.mlflow()),
    "opentelemetry": ("opentelemetry", lambda: meters.opentelemetry()),
    "transformers_callback": ("transformers", lambda: meters.transformers_callback()),
}


@pytest.mark.parametrize("name", MISSING)
def test_a_package_that_is_missing_is_named_with_the_remedy(name, monkeypatch):
    import sys

    package, make = MISSING[name]
    for loaded in list(sys.modules):
        if loaded.partition(".")[0] == package or loaded == "torch.utils.tensorboard":
            monkeypatch.delitem(sys.modules, loaded)
    plain_import = builtins.__import__

    def refuse(wanted, *rest, **named):
        if wanted.partition(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return plain_import(wanted, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setattr(sys, "meta_path", [Absent(package), *sys.meta_path])
    with pytest.raises(flopwatch.UsageError, match=rf"meters.{name} needs the package .*: pip install "):
        make()


class Absent:
    def __init__(self, package):
        self.package = package

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == self.package:
            raise ModuleNotFoundError(f"No module named {self.package!r}", name=self.package)
        return None


def test_a_run_of_accelerate_needs_an_accelerator():
    with pytest.raises(flopwatch.UsageError, match="takes an accelerate.Accelerator first, not 3"):
        meters.accelerate_meter(3, nn.Linear(2, 2))


def test_public_names():
    for name in meters.__all__:
        assert getattr(meters, name).__doc__, name
    assert set(meters.__all__) <= set(dir(meters))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        meters.nonsense
