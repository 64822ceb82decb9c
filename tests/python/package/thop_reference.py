# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""thop 0.1.1 itself beside flopwatch.profile on one model."""

import os
import warnings

import pytest

from flopwatch import profile

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of distutils, which it imports
    import thop

ALL_TESTS = os.environ.get("FLOPWATCH_ALL_TESTS") == "1"
slow = pytest.mark.skipif(not ALL_TESTS, reason="slow: FLOPWATCH_ALL_TESTS=1 runs it")


def thop_profile(*args, **kwargs):
    """thop.profile without the warnings of its own making."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return thop.profile(*args, **kwargs)


def assert_same_as_thop(model, inputs, custom_ops=None):
    """Totals, parameters and every row are thop's, value and type. The model is spoilt: thop runs on it, second."""
    ours = profile(model, inputs, custom_ops, verbose=False, ret_layer_info=True)
    reference = thop_profile(model, inputs, custom_ops, verbose=False, ret_layer_info=True)
    assert ours[0] == reference[0]
    assert ours[1] == reference[1]
    assert repr(ours) == repr(reference)
    return ours
