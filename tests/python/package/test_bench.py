# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmark of the Python counters: its right answers, and how it judges those of each counter."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[3] / "bench"))

import python_counters as counters
import python_models as models
import python_overhead as overhead
import python_timing as timing


class Product(nn.Module):
    """(4, 8) -> the same; a product of no module beside a linear layer."""

    def __init__(self):
        super().__init__()
        self.linear, self.weight = nn.Linear(8, 8), nn.Parameter(torch.randn(8, 8))

    def forward(self, x):
        return torch.matmul(self.linear(x), self.weight)


class Raises(nn.Module):
    def forward(self, x):
        raise ValueError("no such input")


def linear():
    return models.Case("linear", nn.Sequential(nn.Linear(8, 8)).eval(), (torch.randn(4, 8),), 4 * 8 * 8)


def normed():
    body = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6)).eval()
    return models.Case("normed", body, (torch.randn(2, 3, 8, 8),), 2 * 8 * 8 * 6 * 3 * 9)


def product():
    return models.Case("product", Product().train(), (torch.randn(4, 8),), 2 * 4 * 8 * 8)


def fused():
    return models.encoder_case("fused", train=False, layers=1, tokens=5, width=16, heads=4, hidden=32)


JUDGED = [
    (counters.Flopwatch, ["right", "right", "right", "right"]),
    (counters.TorchFlopCounterMode, ["right", "right", "right", "wrong"]),
    (counters.Thop, ["right", "mixed", "wrong", "wrong"]),
    (counters.Fvcore, ["right", "mixed", "right", "wrong"]),
    (counters.Torchprofile, ["right", "mixed", "right", "wrong"]),
]


@pytest.mark.parametrize("kind, verdicts", JUDGED, ids=[kind.name for kind, _ in JUDGED])
@pytest.mark.filterwarnings("ignore")
def test_each_counter_is_judged_as_it_deserves(kind, verdicts):
    try:
        counter = kind()
    except ImportError as error:
        pytest.skip(f"{error} (scripts/bench.sh installs it)")
    cases = [linear(), normed(), product(), fused()]
    assert [overhead.judge(case, counter).verdict(case.macs) for case in cases] == verdicts


def test_what_a_counter_raises_is_told():
    judged = overhead.judge(models.Case("raises", Raises(), (torch.zeros(1),), 1), counters.TorchFlopCounterMode())
    assert judged.verdict(1) == "fails"
    assert "fails: ValueError: no such input" in judged.words(1)


def test_thop_leaves_nothing_behind():
    one = product()
    before = sorted(one.model.state_dict())
    overhead.judge(one, counters.Thop())
    assert sorted(one.model.state_dict()) == before
    assert one.model.training


def test_right_answers_are_those_of_the_papers():
    # He et al. 2015 say 3.8 GFLOPs for the stride on the 1x1 convolution; on the 3x3 it is 4.09 (torchvision's page).
    assert models.resnet50_macs(224) == 4_089_184_256
    # One layer, 3 tokens, width 2, hidden 5: projections 4 of 3x2x2, two products of 3x3x2, linear layers 2 of 3x2x5.
    assert models.encoder_macs(1, 3, 2, 5) == 4 * 12 + 2 * 18 + 2 * 30
    assert models.vit_macs(224, 16, 12, 768, 3072) == 17_563_828_224


def judged(name, total, multiply_adds):
    counter = counters.Counter()
    counter.name = name
    return overhead.Judged(counter, counters.Answer(total, multiply_adds))


def test_the_goal_is_set_against_the_fastest_right_answer():
    peers = [judged("slow", 10, 10), judged("right", 10, 10), judged("mixed", 12, 10), judged("wrong", 9, 9)]
    added = {"slow": 50.0, "right": 20.0, "mixed": 8.0, "wrong": 1.0}
    words = overhead.ratio_words(4.0, peers, added, 10)
    assert words == "0.20 of right, right (goal 0.2: met); 0.50 of mixed, mixed; 4.00 of wrong, wrong"
    assert "(goal 0.2: missed)" in overhead.ratio_words(4.1, peers, added, 10)
    assert overhead.ratio_words(4.0, peers[2:], added, 10).startswith(
        "no other counter is right; 0.50 of mixed, mixed"
    )


@pytest.fixture
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("_one_thread")
def test_times_are_beyond_the_bare_forward():
    class Twice(counters.Counter):
        name = "twice"

        def one_shot(self, case):
            case.forward()
            case.forward()

    body = nn.Sequential(*(nn.Linear(400, 400) for _ in range(8))).eval()
    case = models.Case("many", body, (torch.randn(400, 400),), 0)
    times = timing.time_counters(case, [Twice()], rounds=7)
    assert 0.6 * times.bare.median < times.added_once["twice"].median < 1.4 * times.bare.median
    assert times.added_each == {}
