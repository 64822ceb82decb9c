// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// The kernels of samples/custom_op as a plain Python function: bound by pybind11, past the dispatcher.
// torch/extension.h would do too, and take four times as long to compile.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/utils/pybind.h>

#include "custom_op/kernel.hpp"

#ifdef SAMPLE_WITH_CUDA
#include <c10/cuda/CUDAStream.h>
#endif

namespace {

/// `x` is (rows, cols) and `bias` (cols), both float32, contiguous, on one device.
/// Nothing in it goes through the dispatcher but the allocation of the result.
at::Tensor bias_gelu_rowsum(at::Tensor const& x, at::Tensor const& bias) {
  TORCH_CHECK(x.dim() == 2 && bias.dim() == 1 && x.size(1) == bias.size(0),
              "bias_gelu_rowsum wants x (rows, cols) and bias (cols), got ", x.sizes(), " and ",
              bias.sizes());
  TORCH_CHECK(x.scalar_type() == at::kFloat && bias.scalar_type() == at::kFloat,
              "bias_gelu_rowsum wants float32");
  TORCH_CHECK(x.is_contiguous() && bias.is_contiguous(), "bias_gelu_rowsum wants contiguous tensors");
  TORCH_CHECK(x.device() == bias.device(), "bias_gelu_rowsum wants both tensors on one device");
  auto out = at::empty({x.size(0)}, x.options());
  if (x.is_cpu()) {
    sample::bias_gelu_rowsum_cpu(x.const_data_ptr<float>(), bias.const_data_ptr<float>(),
                                 out.mutable_data_ptr<float>(), x.size(0), x.size(1));
    return out;
  }
#ifdef SAMPLE_WITH_CUDA
  TORCH_CHECK(x.is_cuda(), "bias_gelu_rowsum has a CPU and a CUDA kernel, none for ", x.device());
  auto const code = sample::bias_gelu_rowsum_cuda(
      x.const_data_ptr<float>(), bias.const_data_ptr<float>(), out.mutable_data_ptr<float>(), x.size(0),
      x.size(1), c10::cuda::getCurrentCUDAStream(x.device().index()).stream());
  TORCH_CHECK(code == 0, "the launch of bias_gelu_rowsum failed with CUDA error ", code);
#else
  TORCH_CHECK(false, "this extension was built without nvcc: bias_gelu_rowsum has its CPU kernel alone");
#endif
  return out;
}

}  // namespace

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("bias_gelu_rowsum", &bias_gelu_rowsum); }
