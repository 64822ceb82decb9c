# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Random trees and random rules: all that profile returns and prints is thop's, and the tree stays as it was."""

import contextlib
import copy
import io
import random

import torch
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import thop_reference
from flopwatch import profile
from model_state import state_of
from random_modules import SHAPE, models, rules

EXAMPLES = 2000 if thop_reference.ALL_TESTS else 250
INPUTS = (torch.linspace(-1, 1, 8).reshape(SHAPE),)


def captured(function, *args, **kwargs):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            returned = function(*args, **kwargs)
        except AttributeError as error:  # a rule of None has no name to print
            returned = str(error)
    return returned, printed.getvalue()


@given(model=models(), custom_ops=rules(), report_missing=st.booleans(), verbose=st.booleans())
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_is_thops_to_the_last_digit(model, custom_ops, report_missing, verbose):
    for_thop = copy.deepcopy(model)
    before = state_of(model)
    options = {"verbose": verbose, "report_missing": report_missing, "ret_layer_info": True}
    ours, our_lines = captured(profile, model, INPUTS, custom_ops, **options)
    assert state_of(model) == before

    if (verbose or report_missing) and None in custom_ops.values():
        options = {"ret_layer_info": True, "verbose": False}  # thop cannot name it, and raises
        our_lines = ""
    reference, reference_lines = captured(thop_reference.thop_profile, for_thop, INPUTS, custom_ops, **options)
    assert repr(ours) == repr(reference)
    assert our_lines == reference_lines
    event(f"rules on {len(custom_ops)} types")
    event("shared modules" if shares_a_module(model) else "a plain tree")


def shares_a_module(model):
    return len(list(model.named_modules(remove_duplicate=False))) > len(list(model.modules()))


def test_again_gives_the_same():
    generator = random.Random(7)
    layers = [torch.nn.Linear(4, 4) for _ in range(3)]
    model = torch.nn.Sequential(*(generator.choice(layers) for _ in range(6)))
    first = profile(model, INPUTS, verbose=False)
    assert first[0] > 0
    assert [profile(model, INPUTS, verbose=False) for _ in range(3)] == [first] * 3
