# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""watch: scopes, calls and operator counts of what the user's own code runs, and that nothing stays behind."""

import threading

import pytest
import torch
from torch import nn

import flopwatch
from model_state import state_of

LINEAR_MACS = 4 * 8 * 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 8)
        self.block = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
        self.unused = nn.Linear(8, 8)

    def forward(self, x):
        return self.block(self.first(x)) @ x.T


def by_path(result):
    return {row.path: row for row in result.rows if not row.outside}


def test_rows_calls_and_counts():
    model, x = Net(), torch.randn(4, 8)
    with flopwatch.watch(model) as w:
        model(x)
        model(x)
    rows = by_path(w.result)
    assert list(rows) == ["", "first", "block", "block.0", "block.1", "unused"]
    assert rows[""].calls == 2 and rows["first"].calls == 2 and rows["unused"].calls == 0
    assert rows["unused"].state == "not_called"
    assert rows["first"].operator_macs == rows["first"].formula_macs == 2 * LINEAR_MACS
    assert rows[""].operator_macs == 2 * (2 * LINEAR_MACS + 4 * 8 * 4)
    assert rows[""].formula_macs == 4 * LINEAR_MACS
    assert [(v.kind, v.amount) for v in rows[""].verdicts] == [("functional_missed", -2 * 4 * 8 * 4)]
    assert w.result.losses == [] and w.result.exact and w.result.exit_code == 0
    assert w.result.total.measured is None
    assert w.result.data["capture"]["measured"] == "not collected"


def test_work_outside_the_modules_has_a_row_of_its_own():
    model, x = Net(), torch.randn(4, 8)
    with flopwatch.watch(model) as w:
        loss = model(x).sum()
        loss @ torch.ones([]) if loss.dim() else torch.mm(x, x.T)
    outside = [row for row in w.result.rows if row.outside]
    assert [row.operator_macs for row in outside] == [4 * 8 * 4]


def test_modules_that_are_not_of_the_model_open_no_scope():
    model, other, x = nn.Linear(8, 8), nn.Linear(8, 8), torch.randn(4, 8)
    with flopwatch.watch(model) as w:
        other(model(x))
    rows = w.result.rows
    assert [(row.path, row.type, row.operator_macs) for row in rows if not row.outside] == [("", "Linear", 512)]
    assert [row.operator_macs for row in rows if row.outside] == [256]


def test_a_shared_module_has_a_row_for_each_call_path():
    class Holder(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            return self.inner(x)

    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            inner = nn.Linear(8, 8)
            self.a, self.b = Holder(inner), Holder(inner)

        def forward(self, x):
            return self.b(self.a(self.a(x)))

    model, x = Shared(), torch.randn(4, 8)
    with flopwatch.watch(model) as w:
        model(x)
    rows = by_path(w.result)
    assert rows["a.inner"].operator_macs == 2 * LINEAR_MACS and rows["a.inner"].calls == 2
    assert rows["b.inner"].operator_macs == LINEAR_MACS and rows["b.inner"].calls == 1
    # thop attaches the rule once for each parent and adds all its calls at each: 2 parents, 3 calls, twice.
    assert rows[""].formula_macs == 2 * 2 * 3 * LINEAR_MACS


def test_parts_of_the_program_that_are_no_module_have_scopes_too():
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    with flopwatch.watch(model) as w:
        with flopwatch.scope("loss|√", "stage"):
            torch.mm(model(x), x.T)
    row = next(row for row in w.result.rows if row.type == "stage")
    assert (row.path, row.operator_macs) == ("loss|√", 4 * 8 * 4 + LINEAR_MACS)
    assert w.result.rows[0].operator_macs == 4 * 8 * 4 + LINEAR_MACS


def test_names_with_anything_in_them():
    model = nn.Sequential()
    names = ["a|b", "quote'\"", "line\nbreak", "naïve-模"]
    for name in names:
        model.add_module(name, nn.Linear(8, 8))
    with flopwatch.watch(model) as w:
        model(torch.randn(4, 8))
    rows = by_path(w.result)
    assert list(rows) == ["", *names]
    assert all(rows[name].operator_macs == LINEAR_MACS for name in names)


def test_an_exception_passes_through_and_everything_is_put_back():
    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(8, 8)

        def forward(self, x):
            self.inner(x)
            raise KeyError("the user's own")

    model, x = Broken(), torch.randn(4, 8)
    before = state_of(model)
    w = flopwatch.watch(model)
    with pytest.raises(KeyError, match="the user's own"):
        with w:
            model(x)
    assert state_of(model) == before and no_global_hooks()
    assert by_path(w.result)["inner"].operator_macs == LINEAR_MACS
    assert not w.result.complete and not w.result.exact
    with flopwatch.watch(model) as again:  # what was left open does not matter to the next one
        model.inner(x)
    assert by_path(again.result)["inner"].operator_macs == LINEAR_MACS


def test_an_exception_that_the_user_catches_leaves_the_scopes_even():
    class Sometimes(nn.Module):
        def forward(self, x):
            torch.mm(x, x.T)
            raise ValueError

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.after = Sometimes(), nn.Linear(8, 8)

        def forward(self, x):
            try:
                self.inner(x)
            except ValueError:
                return self.after(x)

    model, x = Outer(), torch.randn(4, 8)
    with flopwatch.watch(model) as w:
        model(x)
        model(x)
    rows = by_path(w.result)
    assert rows["inner"].operator_macs == 2 * 4 * 8 * 4
    assert rows["after"].operator_macs == rows["after"].formula_macs == 2 * LINEAR_MACS
    assert w.result.losses == []


def test_a_module_that_returns_nothing_while_an_exception_is_handled_is_no_failed_call():
    class Silent(nn.Module):
        def forward(self, x):
            torch.mm(x, x.T)

    def rule(m, x, y):
        assert y is None
        m.total_ops += 7

    class Root(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Silent()

        def forward(self, x):
            return self.inner(x)

    model = Root()
    with flopwatch.watch(model, custom_ops={Silent: rule}) as w:
        try:
            raise ValueError
        except ValueError:
            model(torch.randn(4, 8))
    assert by_path(w.result)["inner"].formula_macs == 7


def test_only_one_watch_at_a_time():
    model = nn.Linear(8, 8)
    with flopwatch.watch(model) as w:
        with pytest.raises(flopwatch.SessionError, match="nested"):
            with flopwatch.watch(model):
                pass
        with pytest.raises(flopwatch.SessionError, match="nested"):
            flopwatch.count(model, (torch.randn(4, 8),))
        with pytest.raises(flopwatch.SessionError, match="already"):
            w.__enter__()
        with pytest.raises(flopwatch.SessionError, match="block"):
            w.result
        model(torch.randn(4, 8))
    assert w.result.total.operator.macs == LINEAR_MACS
    assert no_global_hooks()


def test_steps_are_counted_and_belong_inside():
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    w = flopwatch.watch(model)
    with pytest.raises(flopwatch.SessionError, match="inside"):
        w.step()
    with w:
        for _ in range(3):
            model(x)
            w.step()
    assert w.result.total.operator.macs == 3 * LINEAR_MACS
    assert w.result.data["capture"]["more"]["steps"] == "3"


def test_by_iteration_the_first_step_is_what_is_recorded():
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    with flopwatch.watch(model, replay_mode="iteration") as w:
        for _ in range(3):
            model(x)
            w.step()
    assert w.result.total.operator.macs == LINEAR_MACS
    assert by_path(w.result)[""].calls == 1


def test_two_threads_in_forward_at_once():
    model = Net()
    ready = threading.Barrier(2)

    def work(rows, times):
        ready.wait(timeout=30)
        for _ in range(times):
            model(torch.randn(rows, 8))

    with flopwatch.watch(model) as w:
        threads = [threading.Thread(target=work, args=(rows, times)) for rows, times in ((4, 50), (2, 30))]
        for t in threads:
            t.start()
        for t in threads:
            t.join(timeout=60)
    rows = by_path(w.result)
    assert rows["first"].calls == 80
    assert rows["first"].operator_macs == 50 * 4 * 64 + 30 * 2 * 64 == rows["first"].formula_macs
    assert rows[""].operator_macs == 2 * rows["first"].operator_macs + 50 * 4 * 8 * 4 + 30 * 2 * 8 * 2
    assert w.result.losses == []


def test_the_users_own_hooks_run_and_see_what_they_saw():
    model, x = Net(), torch.randn(4, 8)
    seen = []
    handles = [
        model.first.register_forward_pre_hook(lambda m, a: seen.append("pre")),
        model.first.register_forward_hook(lambda m, a, y: y + 1),
        nn.modules.module.register_module_forward_hook(lambda m, a, y: seen.append(type(m).__name__) and None),
    ]
    try:
        bare = model(x)
        bare_seen = list(seen)
        seen.clear()
        with flopwatch.watch(model):
            watched = model(x)
    finally:
        for h in handles:
            h.remove()
    assert torch.equal(bare, watched) and seen == bare_seen


def test_a_capture_goes_where_it_is_wanted(tmp_path):
    model, x = Net(), torch.randn(4, 8)
    file = tmp_path / "model.flops"
    with flopwatch.watch(model, capture=file) as w:
        model(x)
    copy = tmp_path / "copy.flops"
    w.result.save(copy)
    for path in (file, copy):
        again = flopwatch.open(path)
        assert again.data == w.result.data and again.report() == w.result.report()
    with pytest.raises(flopwatch.CaptureError, match="missing.flops"):
        flopwatch.open(tmp_path / "missing.flops")


@pytest.mark.parametrize("model", [None, "resnet50", 3])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(flopwatch.UsageError, match="torch.nn.Module"):
        flopwatch.watch(model)


def no_global_hooks():
    module = nn.modules.module
    return not (module._global_forward_hooks or module._global_forward_pre_hooks)


def test_a_module_that_calls_itself_is_called_each_time():
    class Recursive(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)

        def forward(self, x, depth=2):
            x = self.fc(x)
            return self(x, depth - 1) if depth else x

    def rule(m, x, y):
        m.total_ops += LINEAR_MACS

    model, x = nn.Sequential(Recursive()), torch.randn(4, 8)
    with flopwatch.watch(model, custom_ops={Recursive: rule}) as w:
        model(x)
    rows = [row for row in w.result.rows if row.type == "Recursive"]
    assert sum(row.calls for row in rows) == 3
    assert w.result.rows[0].operator_macs == 3 * LINEAR_MACS and w.result.losses == []
    macs, _, why = flopwatch.profile(model, (x,), {Recursive: rule}, verbose=False, explain=True)
    assert macs == why.total.formula.macs == 3 * LINEAR_MACS


def test_a_scope_is_not_entered_twice():
    with flopwatch.scope("a") as a, pytest.raises(flopwatch.SessionError, match="open already"):
        a.__enter__()


def test_a_result_can_be_copied_and_pickled():
    import copy
    import pickle

    with flopwatch.watch(Net()) as w:
        pass
    again = pickle.loads(pickle.dumps(w.result))
    assert again.data == w.result.data and copy.deepcopy(w.result) is w.result
