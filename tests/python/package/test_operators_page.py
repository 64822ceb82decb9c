# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Every operator of the installed PyTorch is on a list, and docs/operators.md shows them."""

import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[3] / "scripts/operators_page.py"


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(autouse=True)
def tree():
    if not SCRIPT.exists():
        pytest.skip("the package is tested without its source tree")


def test_every_operator_is_on_a_list_and_the_page_is_as_it_is_written():
    done = run(str(SCRIPT), "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ""


def test_an_operator_that_is_on_no_list_is_found():
    done = run(
        "-c",
        f"import sys, torch; sys.path.append({str(SCRIPT.parent)!r}); import operators_page\n"
        "torch.library.define('of_tomorrow::product', '(Tensor a, Tensor b) -> Tensor')\n"
        "print(operators_page.unknown())",
    )
    assert done.stdout.strip() == "['of_tomorrow::product']", done.stderr


def test_the_page_says_how_common_ones_are_treated():
    page = SCRIPT.parents[1].joinpath("docs/operators.md").read_text(encoding="utf-8")
    for name in ("`addmm`", "`deform_conv2d`", "`all_gather_copy_in`", "`_linalg_svd`", "`qlinear_pointwise`"):
        assert name in page
