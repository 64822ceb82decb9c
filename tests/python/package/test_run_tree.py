# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch run`: an unchanged script has the tree and the counts of the same script with a watch inside."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

import flopwatch
from run_program import NET_MACS, environment, kinds, macs, recorded, run, script

SCRIPTS = {
    "forward": ("model", "model, x = Net(), torch.randn(2, 4)", "model(x)"),
    "training": (
        "model",
        """
        model = Net()
        opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        loss_of = nn.CrossEntropyLoss()
        x, y = torch.randn(5, 4), torch.randint(0, 3, (5,))
        """,
        """
        for _ in range(3):
            opt.zero_grad()
            loss_of(model(x), y).backward()
            opt.step()
        """,
    ),
    "two_roots": (
        "{'gen': gen, 'disc': disc}",
        "gen, disc, x = Net(), nn.Linear(3, 2), torch.randn(2, 4)",
        "disc(gen(x)).sum().backward()",
    ),
    "by_a_method": (
        "model",
        """
        class Outer(nn.Module):
            def __init__(self):
                super().__init__()
                self.net, self.unused = Net(), nn.Linear(2, 2)
            def step(self, x):
                return self.net(x) @ torch.ones(3, 3)
        model, x = Outer(), torch.randn(2, 4)
        """,
        "model.step(x)",
    ),
    "fused_encoder": (
        "model",
        """
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        model, x = nn.TransformerEncoder(layer, 2).eval(), torch.randn(2, 5, 8)
        """,
        """
        with torch.no_grad():
            model(x)
        """,
    ),
    "compiled_in_place": (
        "model",
        "model, x = Net(), torch.randn(2, 4)\nmodel.compile(backend='aot_eager')",
        "model(x)",
    ),
}


def _both(folder: Path, name: str) -> tuple[flopwatch.Result, flopwatch.Result]:
    watched, before, body = SCRIPTS[name]
    body = textwrap.dedent(body)
    own = f"import flopwatch\n{textwrap.dedent(before)}\nwith flopwatch.watch({watched}, capture='own.flops'):\n"
    run(script(folder, own + textwrap.indent(body, "    "), "own.py"), cwd=folder)
    return recorded(folder, f"{textwrap.dedent(before)}\n{body}"), flopwatch.open(folder / "own.flops")


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_tree_is_that_of_a_watch_inside(tmp_path: Path, name: str) -> None:
    found, own = _both(tmp_path, name)
    assert found.total.operator.macs > 0
    assert found.total == own.total
    assert sorted(map(str, found.rows)) == sorted(map(str, own.rows))
    assert [kind for kind in kinds(found) if kind != "began_at_first_call"] == kinds(own)
    assert found.exact == own.exact


def test_the_results_are_bit_for_bit_the_same(tmp_path: Path) -> None:
    text = """
    import hashlib, sys
    model = Net(); opt = torch.optim.AdamW(model.parameters())
    x = torch.randn(16, 4)
    for _ in range(5):
        opt.zero_grad(); model(x).square().mean().backward(); opt.step()
    encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    with torch.no_grad():
        y = encoder(torch.randn(2, 3, 8))
    for t in (*model.parameters(), y, torch.rand(3)):
        print(hashlib.sha256(t.detach().numpy().tobytes()).hexdigest())
    print("to stderr \\u00e9", file=sys.stderr)
    import warnings
    for _ in range(2):
        warnings.warn("once a place")
        model(x)
    """
    file = script(tmp_path, text)
    plain = run(file)
    ended = run(file, env=environment(tmp_path / "run.flops"))
    assert (ended.stdout, ended.stderr) == (plain.stdout, plain.stderr)
    assert ended.stderr.count("once a place") == 2  # the text and its line of source
    assert kinds(flopwatch.open(tmp_path / "run.flops")) == ["began_at_first_call"]


def test_a_root_is_named_by_its_variable_and_a_late_one_is_counted(tmp_path: Path) -> None:
    result = recorded(
        tmp_path,
        """
        def main():
            generator, x = Net(), torch.randn(1, 4)
            fake = generator(x)
            critic = nn.Linear(3, 2)
            critic(fake)
            generator(x)
        main()
        """,
    )
    assert macs(result) == {
        "generator": 2 * NET_MACS,
        "generator.body": 2 * 96,
        "generator.body.0": 2 * 32,
        "generator.body.1": 0,
        "generator.body.2": 2 * 64,
        "generator.head": 2 * 24,
        "critic": 6,
    }
    assert result.exact


def test_a_root_that_is_put_into_a_larger_one(tmp_path: Path) -> None:
    result = recorded(
        tmp_path,
        """
        part, x = Net(), torch.randn(1, 4)
        part(x)
        whole = nn.Sequential(part, nn.Linear(3, 5))
        whole(x)
        """,
    )
    found = macs(result)
    assert (found["part"], found["whole"], found["whole.0"], found["whole.1"]) == (120, 135, 120, 15)
    assert found["whole.0.body.2"] == found["part.body.2"] == 64


def test_models_that_die_are_not_kept_and_not_mixed_up(tmp_path: Path) -> None:
    result = recorded(
        tmp_path,
        """
        import gc, weakref
        x = torch.randn(1, 4)
        for width in range(1, 9):
            model = Net(width)
            model(x)
            alive = weakref.ref(model)
            del model
            gc.collect()
            assert alive() is None
        """,
    )
    found = {path: count for path, count in macs(result).items() if "." not in path and path}
    assert found == {
        "model" if width == 1 else f"model_{width}": 4 * width + width * width + 3 * width for width in range(1, 9)
    }


def test_local_variables_live_no_longer(tmp_path: Path) -> None:
    recorded(
        tmp_path,
        """
        import weakref
        def main():
            model, x = Net(), torch.randn(1, 4)
            held = weakref.ref(x)
            model(x)
            del x
            assert held() is None
        main()
        """,
    )


@pytest.mark.parametrize(
    ("roots", "paths"),
    [
        (["net"], {"", "body", "head"}),
        (["trainer.net"], {"", "body", "head"}),
        (["net", "other"], {"net", "net.body", "net.head", "other"}),
    ],
)
def test_roots_by_name(tmp_path: Path, roots: list[str], paths: set[str]) -> None:
    result = recorded(
        tmp_path,
        """
        class Trainer: pass
        x, trainer = torch.randn(1, 4), Trainer()
        first = nn.Linear(4, 4); first(x)
        net = trainer.net = Net()
        net(x)
        other = nn.Linear(4, 2); other(x)
        """,
        roots=roots,
    )
    assert {path for path in macs(result) if not path.rpartition(".")[2].isdigit()} == paths
    assert result.total.operator.macs == 16 + NET_MACS + 8  # all of it, in the tree or outside of it


def test_a_root_that_is_never_found_is_named(tmp_path: Path) -> None:
    file = script(tmp_path, "model = Net(); model(torch.randn(1, 4))")
    ended = run(file, env=environment(tmp_path / "run.flops", roots=["modle"]))
    assert ended.stderr == "flopwatch run: no module was found as --root modle: name a variable of the main script\n"
    result = flopwatch.open(tmp_path / "run.flops")
    assert kinds(result) == ["began_at_first_call", "root_not_found"]
    assert result.total.operator.macs == NET_MACS


def test_an_iteration_is_a_range_of_the_program(tmp_path: Path) -> None:
    result = recorded(
        tmp_path,
        """
        import flopwatch
        model, x = Net(), torch.randn(1, 4)
        model(x)
        for _ in range(3):
            with flopwatch.scope("step"):
                model(x)
        """,
        iteration="step",
    )
    assert result.total.operator.macs == NET_MACS


def test_a_compiled_function_is_recorded_too(tmp_path: Path) -> None:
    text = """
    model, x = Net(), torch.randn(2, 4)
    step = torch.compile(lambda x: model(x) @ torch.ones(3, 3), fullgraph=True)
    step(x)
    step(x)
    """
    run(script(tmp_path, text), env=environment(tmp_path / "run.flops"))  # the compiler can write a warning
    assert flopwatch.open(tmp_path / "run.flops").total.operator.macs == 2 * (2 * NET_MACS + 2 * 9)


def test_a_module_compiled_inside_a_compiled_function_stays_in_its_graph(tmp_path: Path) -> None:
    result = recorded(
        tmp_path,
        """
        model, x = Net(), torch.randn(2, 4)
        model.compile(backend="aot_eager")
        torch.compile(lambda x: model(x) + 1, backend="aot_eager", fullgraph=True)(x)
        assert model(x).shape == (2, 3)
        """,
    )
    assert result.total.operator.macs > 0
