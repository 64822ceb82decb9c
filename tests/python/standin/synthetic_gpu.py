# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The stand-in GPU (tests/standin) for Python, and modules that launch kernels on it. All its counts are synthetic.

Torch cannot run on that driver, so the tensors are the CPU's and kernels are launched beside. The modules have no
parameters: those would be on the CPU, and asking for a GPU is an error then.
"""

from __future__ import annotations

import ctypes

import torch
from torch import nn
from torch.utils.flop_counter import register_flop_formula

FFMA = b"sm__sass_thread_inst_executed_op_ffma_pred_on.sum"
FADD = b"sm__sass_thread_inst_executed_op_fadd_pred_on.sum"
PER_BLOCK = 32
cuda = ctypes.CDLL("libcuda.so.1")
cuda.standin_kernel_value.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_double]
cuda.standin_kernel_value.restype = None
cuda.standin_violations.restype = ctypes.c_ulonglong
cuda.standin_kernels_run.restype = ctypes.c_ulonglong


def _must(code: int) -> None:
    assert code == 0, f"the stand-in driver answered {code}"


class Gpu:
    """A context with kernels: `gemm` does one fused multiply-add in each thread, `gelu` one add."""

    def __init__(self) -> None:
        cuda.standin_reset()
        cuda.standin_set_device_count(1)
        cuda.standin_kernel_value(b"gemm", FFMA, 0.0, 1.0)
        cuda.standin_kernel_value(b"gelu", FADD, 0.0, 1.0)
        device = ctypes.c_int()
        self.context, self.module = ctypes.c_void_p(), ctypes.c_void_p()
        _must(cuda.cuInit(0))
        _must(cuda.cuDeviceGet(ctypes.byref(device), 0))
        _must(cuda.cuDevicePrimaryCtxRetain(ctypes.byref(self.context), device))
        _must(cuda.cuCtxSetCurrent(self.context))
        _must(cuda.cuModuleLoadData(ctypes.byref(self.module), b"kernels"))

    def launch(self, kernel: str, threads: int) -> None:
        """On any thread. `threads` is a multiple of PER_BLOCK."""
        assert threads % PER_BLOCK == 0
        function = ctypes.c_void_p()
        _must(cuda.cuCtxSetCurrent(self.context))
        _must(cuda.cuModuleGetFunction(ctypes.byref(function), self.module, kernel.encode()))
        blocks = threads // PER_BLOCK
        _must(cuda.cuLaunchKernel(function, blocks, 1, 1, PER_BLOCK, 1, 1, 0, None, None, None))

    @property
    def kernels_run(self) -> int:
        return int(cuda.standin_kernels_run())

    @property
    def broken_rules(self) -> int:
        """Of those that tests/standin/README.md lists."""
        return int(cuda.standin_violations())


_gpu: list[Gpu] = []


def new_gpu() -> Gpu:
    _gpu[:] = [Gpu()]
    return _gpu[0]


def launch(kernel: str, threads: int) -> None:
    _gpu[0].launch(kernel, threads)


@torch.library.custom_op("synthetic::matmul", mutates_args=())
def matmul(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    launch("gemm", x.shape[0] * x.shape[1] * weight.shape[1])
    return x.detach() @ weight.detach()


def _keep(ctx, inputs, output) -> None:
    ctx.save_for_backward(*inputs)


def _matmul_backward(ctx, grad):
    x, weight = ctx.saved_tensors
    return matmul(grad, weight.T.contiguous()), None


matmul.register_autograd(_matmul_backward, setup_context=_keep)


@register_flop_formula(torch.ops.synthetic.matmul)
def _matmul_flops(x_shape, weight_shape, *_, out_shape=None, **__) -> int:
    return 2 * x_shape[0] * x_shape[1] * weight_shape[1]


class Product(nn.Module):
    """x @ weight, by an operator that has a formula in torch's own registry."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = [torch.randn(size, size)]  # in a list: no parameter

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return matmul(x, self.weight[0])


class Hidden(nn.Module):
    """Launches a kernel past the dispatcher, as a function bound by pybind11 does."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        launch("gelu", x.numel())
        return x


class Net(nn.Module):
    """On (N, 32): products of 2 N 32 32 MACs in `twice`, N 32 32 in `once`, and 32 N adds that no dispatcher sees."""

    def __init__(self) -> None:
        super().__init__()
        self.twice, self.once, self.hidden = Product(32), Product(32), Hidden()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.hidden(self.once(self.twice(self.twice(x))))
