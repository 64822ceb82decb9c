# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The exceptions of the package. Every message names the cause and the remedy."""

from __future__ import annotations


class FlopwatchError(RuntimeError):
    """Base of everything that flopwatch raises on purpose.

    `exit_code` is the code that the command line program ends with for the same error.
    """

    exit_code: int = 2


class DeviceError(FlopwatchError):
    """The device that was asked for is not there, or the model or its inputs are on another one."""

    exit_code = 3


class UsageError(FlopwatchError, ValueError):
    """The request itself is wrong: a bad argument, or metrics that need more passes than the mode has."""


class SessionError(UsageError):
    """Something is being recorded already, or nothing is."""


class CaptureError(UsageError):
    """A capture cannot be written, or a file is no capture that this version reads."""


class RuleError(FlopwatchError):
    """A rule cannot count the call that it was given."""
