// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A program of another project; docs/cpp.md shows its parts.
#include <iostream>

#include <torch/library.h>
#include <torch/nn.h>

#include "flopwatch/torch.hpp"

namespace {

torch::Tensor dot_rows(torch::Tensor const& x, torch::Tensor const& y) { return (x * y).sum(1); }

TORCH_LIBRARY(my, library) { library.def("dot_rows(Tensor x, Tensor y) -> Tensor", &dot_rows); }

torch::Tensor dispatched_dot_rows(torch::Tensor const& x, torch::Tensor const& y) {
  static auto const dot =
      c10::Dispatcher::singleton().findSchemaOrThrow("my::dot_rows", "").typed<decltype(dot_rows)>();
  return dot.call(x, y);
}

namespace nn = flopwatch::nn;  // torch's modules, with their scopes

struct PerceptronImpl : nn::Module {
  nn::Linear up{register_module("up", nn::Linear(32, 128))};
  nn::Linear down{register_module("down", nn::Linear(128, 16))};

  torch::Tensor forward(torch::Tensor const& x) {
    auto const y = down(torch::relu(up(x)));
    return dispatched_dot_rows(y, y);
  }
};
FLOPWATCH_MODULE(Perceptron);  // instead of TORCH_MODULE(Perceptron)

// my::dot_rows(Tensor x, Tensor y) -> Tensor: one product for each element of x.
flopwatch::operator_work count_dot_rows(flopwatch::operator_call const& call) {
  auto const& x = std::get<flopwatch::tensor_arg>(call.args[0]);
  if (x.rank() != 2) throw flopwatch::rule_error("my::dot_rows takes matrices");
  return {{.macs = x.elements()}, flopwatch::precision::fp32};
}

}  // namespace

int main() {
  flopwatch::custom_ops ops;
  ops.add<torch::nn::LinearImpl>("Linear with bias", [](flopwatch::module_call const& call) {
    return call.output_elements() * (call.inputs.at(0).back() + 1);  // MACs of one call
  });

  Perceptron model;
  auto const x = torch::randn({8, 32});
  flopwatch::session session{{.operator_rules = {{"my::dot_rows", count_dot_rows}}}};
  session.watch(model, ops);
  auto const result = session.count([&] { model->forward(x); });

  std::cout << result.total().operator_macs << '\n';         // 49280
  std::cout << result.module("up").operator_macs << '\n';    // 32768
  std::cout << result.total().formula_macs.value() << '\n';  // 50304

  flopwatch::assert_flops(result, {.macs = 49280});

  flopwatch::meter meter{
      model,
      {.peak = flopwatch::peak::of_chip("H200"), .operator_rules = {{"my::dot_rows", count_dot_rows}}}};
  meter.on_interval([](flopwatch::meter_interval const& step) {
    std::cerr << step.executed_flops() << " FLOPs in " << step.seconds.value_or(0) << " s\n";
  });
  for (auto const& batch : torch::randn({6, 8, 32}).unbind()) {
    meter.begin(batch);  // what decides how much work the step is
    model->forward(batch);
    meter.step();
  }
  std::cout << meter.total().executed_macs() << '\n';  // 295680
}
