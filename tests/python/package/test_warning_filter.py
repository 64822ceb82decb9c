# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's warning of global hooks is silent in a watch; the program's own filters are afterwards as they were."""

import warnings

import pytest
from torch import nn

import flopwatch


def test_the_users_own_warning_filter_stays():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Using `torch\.compile\(module\)` when there are global hooks")
        warnings.simplefilter("error")
        before = list(warnings.filters)
        with flopwatch.watch(nn.Linear(8, 8)):
            assert warnings.filters[1:] == before, "flopwatch's own is before all others"
        assert warnings.filters == before


def test_a_warning_filter_of_the_block_stays():
    with warnings.catch_warnings():
        with flopwatch.watch(nn.Linear(8, 8)):
            # Equal to flopwatch's own, whose place it takes.
            warnings.filterwarnings("ignore", message=r"Using `torch\.compile\(module\)` when there are global hooks")
            inside = list(warnings.filters)
        assert warnings.filters == inside


def test_hooks_that_cannot_be_put_on_leave_no_filter(monkeypatch):
    class Refuses(dict):
        def __setitem__(self, key, value):
            raise RuntimeError("no hooks today")

    monkeypatch.setattr("torch.nn.modules.module._global_forward_pre_hooks", Refuses())
    before = list(warnings.filters)
    with pytest.raises(RuntimeError, match="no hooks today"), flopwatch.watch(nn.Linear(8, 8)):
        pass
    assert warnings.filters == before


def test_a_filter_that_the_block_brings_back_does_not_pile_up():
    with warnings.catch_warnings():
        before = list(warnings.filters)
        for _ in range(3):
            w = flopwatch.watch(nn.Linear(8, 8))
            w.__enter__()
            inner = warnings.catch_warnings()
            inner.__enter__()
            w.__exit__(None, None, None)
            inner.__exit__(None, None, None)
            warnings.simplefilter("default", BytesWarning)  # is before what was brought back
        assert len([f for f in warnings.filters if f not in before]) <= 2
        with flopwatch.watch(nn.Linear(8, 8)):
            pass
        assert len([f for f in warnings.filters if f not in before]) <= 1
