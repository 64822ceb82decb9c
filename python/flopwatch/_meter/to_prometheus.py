# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Intervals as counters and gauges that Prometheus scrapes."""

from __future__ import annotations

from typing import Any

from .. import _arguments as arguments
from .._errors import UsageError
from .interval import Interval
from .scalars import package


class prometheus:  # noqa: N801  (a function to its users)
    """`m.on_step(flopwatch.meters.prometheus(port=9400))`: serves /metrics over HTTP while the meter's block is open.

    Counters `flopwatch_executed_flops_total{precision,rank,phase}`, `flopwatch_useful_flops_total{rank}`,
    `flopwatch_recompute_flops_total{rank}`, `flopwatch_steps_total{rank,source}` (read, reused, missing); gauges
    `flopwatch_mfu_ratio{rank}`, `flopwatch_hfu_ratio{rank}` (of the last interval that has one) and
    `flopwatch_step_seconds{rank}` (the mean of the last interval). Work of steps that are missing is in no counter.

    `port`: where it listens, 0 for a free one, which `.port` then names; None to serve nothing: give `registry`, a
    prometheus_client.CollectorRegistry that the program serves. `address`: 127.0.0.1, this machine alone, by default;
    "0.0.0.0" shows the figures to the whole network. Raises UsageError where prometheus_client is missing or the port
    is taken.
    """

    def __init__(self, port: int | None = None, *, address: str = "127.0.0.1", registry: Any = None) -> None:
        if port is None and registry is None:
            raise UsageError("give the port where Prometheus scrapes, 0 for a free one, or a registry that is served")
        self._client = package("prometheus_client", "prometheus_client", "prometheus")
        self._registry = self._client.CollectorRegistry() if registry is None else registry
        self._executed = self._counter("executed_flops", "FLOPs that ran", "precision", "rank", "phase")
        self._useful = self._counter("useful_flops", "FLOPs of products without recomputation and masked ones", "rank")
        self._recompute = self._counter("recompute_flops", "FLOPs of products that backward passes ran again", "rank")
        self._steps = self._counter("steps", "Steps, by how their counts were obtained", "rank", "source")
        self._mfu = self._gauge("mfu_ratio", "Useful products' time at peak, as a part of the time of the steps")
        self._hfu = self._gauge("hfu_ratio", "All products' time at peak, as a part of the time of the steps")
        self._seconds = self._gauge("step_seconds", "Seconds of a step, mean of the last interval")
        self._address = arguments.text("address", address)
        self._server: Any = None
        self.port = None if port is None else self._serve(_port(port))
        """Where it listens."""

    def __call__(self, interval: Interval) -> None:
        if self._server is None and self.port is not None:
            self._serve(self.port)  # it was closed with another meter's block
        rank = str(interval.rank)
        for (precision, phase), flops in interval.executed_flops_by_precision_and_phase.items():
            self._executed.labels(precision, rank, phase).inc(flops)
        self._useful.labels(rank).inc(interval.useful_flops)
        self._recompute.labels(rank).inc(interval.recompute_flops)
        for source in ("read", "reused", "missing"):
            self._steps.labels(rank, source).inc(getattr(interval, f"steps_{source}"))
        if interval.mfu is not None and interval.hfu is not None:
            self._mfu.labels(rank).set(interval.mfu)
            self._hfu.labels(rank).set(interval.hfu)
        if interval.seconds is not None:
            self._seconds.labels(rank).set(interval.seconds / interval.steps)

    def close(self) -> None:
        """Ends the server, and waits until its thread has ended."""
        server, self._server = self._server, None
        if server is not None:
            httpd, thread = server
            httpd.shutdown()
            httpd.server_close()
            thread.join()

    def _serve(self, port: int) -> int:
        try:
            self._server = self._client.start_http_server(port, addr=self._address, registry=self._registry)
        except OSError as error:
            raise UsageError(
                f"Prometheus cannot be served at {self._address}:{port} ({error.strerror}): give another port, or 0 "
                "for a free one"
            ) from error
        return int(self._server[0].server_address[1])

    def _counter(self, name: str, words: str, *labels: str) -> Any:
        return self._client.Counter(f"flopwatch_{name}", words, labels, registry=self._registry)

    def _gauge(self, name: str, words: str) -> Any:
        return self._client.Gauge(f"flopwatch_{name}", words, ["rank"], registry=self._registry)


def _port(port: object) -> int:
    number = arguments.whole_number("port", port, "the number of a port")
    if number > 65535:
        raise UsageError(f"port is the number of a port, 0 to 65535, not {port!r}")
    return number
