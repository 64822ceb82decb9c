// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include <torch/nn.h>

#include "flopwatch/torch.hpp"

namespace nn = flopwatch::nn;

struct PerceptronImpl : torch::nn::Module {
  nn::Linear up{nullptr}, down{nullptr};
  PerceptronImpl() {
    up = register_module("up", nn::Linear(32, 128));
    down = register_module("down", nn::Linear(128, 16));
  }
  torch::Tensor forward(torch::Tensor x) { return down(torch::gelu(up(x))); }
};
FLOPWATCH_MODULE(Perceptron);

int main() {
  Perceptron model;
  auto const x = torch::randn({8, 32});
  flopwatch::session session;
  session.watch(model);
  auto const result = session.count([&] { model->forward(x); });
  flopwatch::assert_flops(result, {.macs = 8 * (32 * 128 + 128 * 16)});
  std::cout << result.total().operator_macs << ' ' << result.module("up").operator_macs << '\n';
}
