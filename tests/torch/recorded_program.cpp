// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A LibTorch program that records itself, and saves the capture at the path it is given: two training steps
// of a model with a shared module, plain scopes and an optimizer.
#include <iostream>

#include <torch/torch.h>

#include "flopwatch/torch.hpp"

namespace {

namespace nn = flopwatch::nn;

/// One linear layer under two names, called in two places.
struct NetImpl : nn::Module {
  NetImpl() {
    first = register_module("first", nn::Linear(8, 8));
    body = register_module("body", nn::Sequential(nn::ReLU(), first, nn::Linear(8, 8)));
  }
  torch::Tensor forward(torch::Tensor const& x) {
    auto const y = first(x);
    flopwatch::scope const mixing{"mixing"};
    return first(body->forward(y));
  }
  nn::Linear first{nullptr};
  nn::Sequential body{nullptr};
};
FLOPWATCH_MODULE(Net);

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "recorded_program: give the path of the capture\n";
    return 2;
  }
  torch::set_num_threads(1);
  Net model;
  flopwatch::session session;
  session.watch(model);
  session.start();
  for (int step = 0; step < 2; ++step) {
    flopwatch::scope const whole{"step"};
    auto const x = torch::randn({4, 8});
    auto const loss = model(x).square().mean();
    {
      flopwatch::scope const backward{"backward"};
      loss.backward();
    }
    flopwatch::optimizer_step const update{"SGD.step"};
    for (auto& p : model->parameters()) p.data().sub_(p.grad());
  }
  session.stop().save(argv[1]);
}
