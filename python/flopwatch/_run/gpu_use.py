# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the program has used a GPU, through PyTorch or past it (CuPy, Triton, a library of its own)."""

from __future__ import annotations

import ctypes
import os

_DRIVER = "libcuda.so.1"


def has_context() -> bool:
    """Whether this process has a context of CUDA: the calling thread's, or the primary one of any device. Makes
    none, and loads no driver; to ask how many GPUs there are makes none either."""
    try:
        driver = ctypes.CDLL(_DRIVER, mode=os.RTLD_NOLOAD | os.RTLD_LAZY)
    except OSError:
        return False
    context, count = ctypes.c_void_p(), ctypes.c_int()
    if driver.cuCtxGetCurrent(ctypes.byref(context)) == 0 and context.value:
        return True
    if driver.cuDeviceGetCount(ctypes.byref(count)) != 0:  # nobody has initialised it
        return False
    return any(_is_active(driver, ordinal) for ordinal in range(count.value))


def _is_active(driver: ctypes.CDLL, ordinal: int) -> bool:
    device, flags, active = ctypes.c_int(), ctypes.c_uint(), ctypes.c_int()
    if driver.cuDeviceGet(ctypes.byref(device), ordinal) != 0:
        return False
    state = driver.cuDevicePrimaryCtxGetState(device, ctypes.byref(flags), ctypes.byref(active))
    return bool(state == 0 and active.value)
