// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <torch/library.h>

#include "custom_op/bias_gelu_rowsum.hpp"
#include "custom_op/kernel.hpp"

#ifdef SAMPLE_WITH_CUDA
#include <c10/cuda/CUDAStream.h>
#endif

namespace sample {
namespace {

void check(torch::Tensor const& x, torch::Tensor const& bias) {
  TORCH_CHECK(x.dim() == 2 && bias.dim() == 1 && x.size(1) == bias.size(0),
              "bias_gelu_rowsum wants x (rows, cols) and bias (cols), got ", x.sizes(), " and ",
              bias.sizes());
  TORCH_CHECK(x.scalar_type() == torch::kFloat && bias.scalar_type() == torch::kFloat,
              "bias_gelu_rowsum wants float32");
  TORCH_CHECK(x.is_contiguous() && bias.is_contiguous(), "bias_gelu_rowsum wants contiguous tensors");
  TORCH_CHECK(x.device() == bias.device(), "bias_gelu_rowsum wants both tensors on one device");
}

void run(torch::Tensor const& x, torch::Tensor const& bias, torch::Tensor const& out) {
  if (x.is_cpu()) {
    bias_gelu_rowsum_cpu(x.const_data_ptr<float>(), bias.const_data_ptr<float>(), out.data_ptr<float>(),
                         x.size(0), x.size(1));
    return;
  }
#ifdef SAMPLE_WITH_CUDA
  TORCH_CHECK(x.is_cuda(), "bias_gelu_rowsum has a CPU and a CUDA kernel, none for ", x.device());
  auto const code = bias_gelu_rowsum_cuda(x.const_data_ptr<float>(), bias.const_data_ptr<float>(),
                                          out.data_ptr<float>(), x.size(0), x.size(1),
                                          c10::cuda::getCurrentCUDAStream(x.device().index()).stream());
  TORCH_CHECK(code == 0, "the launch of bias_gelu_rowsum failed with CUDA error ", code);
#else
  TORCH_CHECK(false, "this sample was built without nvcc: bias_gelu_rowsum has its CPU kernel alone");
#endif
}

struct bias_gelu_rowsum_autograd : torch::autograd::Function<bias_gelu_rowsum_autograd> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, torch::Tensor const& x,
                               torch::Tensor const& bias) {
    context->save_for_backward({x, bias});
    return bias_gelu_rowsum(x, bias);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list grad_outputs) {
    auto const saved = context->get_saved_variables();
    auto const v = saved[0] + saved[1];
    auto const t = v.clamp(-3.0, 3.0);
    auto const s = t * t;
    auto const phi = t * (phi_c1 + s * (phi_c3 + s * phi_c5)) + 0.5;
    // The clamp's slope is 0 outside its range.
    auto const slope = (phi_c1 + s * (3 * phi_c3 + s * (5 * phi_c5))) * (v.abs() <= 3.0);
    auto const grad = grad_outputs[0].unsqueeze(1) * (phi + v * slope);
    return {grad, grad.sum(0)};
  }
};

}  // namespace

torch::Tensor bias_gelu_rowsum(torch::Tensor const& x, torch::Tensor const& bias) {
  check(x, bias);
  auto out = torch::empty({x.size(0)}, x.options());
  run(x, bias, out);
  return out;
}

torch::Tensor bias_gelu_rowsum_function(torch::Tensor const& x, torch::Tensor const& bias) {
  return bias_gelu_rowsum_autograd::apply(x, bias);
}

torch::Tensor bias_gelu_rowsum_operator(torch::Tensor const& x, torch::Tensor const& bias) {
  static auto const op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("sample::bias_gelu_rowsum", "")
                             .typed<torch::Tensor(torch::Tensor const&, torch::Tensor const&)>();
  return op.call(x, bias);
}

}  // namespace sample

TORCH_LIBRARY(sample, m) { m.def("bias_gelu_rowsum(Tensor x, Tensor bias) -> Tensor"); }
TORCH_LIBRARY_IMPL(sample, CPU, m) { m.impl("bias_gelu_rowsum", &sample::bias_gelu_rowsum); }
#ifdef SAMPLE_WITH_CUDA
TORCH_LIBRARY_IMPL(sample, CUDA, m) { m.impl("bias_gelu_rowsum", &sample::bias_gelu_rowsum); }
#endif
