// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// One hand-written kernel, bound in two ways: what the dispatcher sees of each.

#include <cstdio>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "custom_op/bias_gelu_rowsum.hpp"
#include "flopwatch/torch.hpp"
#include "raw_option.hpp"
#include "run_program.hpp"

namespace {

namespace nn = flopwatch::nn;
using torch::Tensor;

constexpr std::int64_t rows = 256;
constexpr std::int64_t cols = 512;

/// A linear layer and the hand-written operator on its output.
template <Tensor (*Operator)(Tensor const&, Tensor const&)>
struct ScoreImpl : nn::Module {
  ScoreImpl()
      : fc(register_module("fc", nn::Linear(torch::nn::LinearOptions(cols, cols).bias(false)))),
        bias(register_parameter("bias", torch::zeros({cols}))) {}
  Tensor forward(Tensor const& x) { return Operator(fc(x), bias); }
  nn::Linear fc;
  Tensor bias;
};

struct ByDispatcherImpl : ScoreImpl<&sample::bias_gelu_rowsum_operator> {};
struct ByFunctionImpl : ScoreImpl<&sample::bias_gelu_rowsum_function> {};

template <class Impl>
flopwatch::result count(flopwatch::session_options const& options) {
  flopwatch::session session(options);
  torch::manual_seed(0);
  torch::Device const device(options.device.empty() ? "cpu" : options.device);
  flopwatch::scoped_holder<Impl> model;
  model->to(device);
  auto const x = torch::randn({rows, cols}, device);
  torch::NoGradGuard const no_grad;
  session.watch(model);
  return session.count([&] { model(x); });
}

void title(char const* text) { std::printf("\n=== %s ===\n\n", text); }

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A hand-written operator whose FLOPs are counted by hand, bound in two ways."};
  std::string device;
  std::string save;
  auto raw = flopwatch::raw_choice::sample;
  app.add_option("--device", device, "cuda:N, or cpu");
  sample::add_raw_option(app, raw);
  app.add_option("--save", save, "write captures to SAVE-by-dispatcher.flops and SAVE-by-function.flops");
  return sample::run_program("custom_op", app, argc, argv, [&] {
    std::printf("bias + GELU + row sum on (%lld, %lld): %lld FLOPs counted by hand\n",
                static_cast<long long>(rows), static_cast<long long>(cols),
                static_cast<long long>(sample::known_flops(rows, cols)));

    title("bound by TORCH_LIBRARY: the dispatcher sees a call that it has no rule for");
    auto const by_dispatcher = count<ByDispatcherImpl>({.device = device, .raw = raw});
    std::cout << by_dispatcher.report();

    title("the same with a rule for the operator");
    flopwatch::session_options with_rule{.device = device, .raw = raw};
    with_rule.operator_rules["sample::bias_gelu_rowsum"] = [](flopwatch::operator_call const& call) {
      auto const& x = std::get<flopwatch::tensor_arg>(call.args[0]);
      return flopwatch::operator_work{{0, 0, sample::known_flops(x.sizes[0], x.sizes[1])},
                                      flopwatch::precision::fp32};
    };
    std::cout << count<ByDispatcherImpl>(with_rule).report();

    title("bound as a plain function in an autograd::Function: the dispatcher does not see it");
    auto const by_function = count<ByFunctionImpl>({.device = device, .raw = raw});
    std::cout << by_function.report();
    std::printf(
        "\nThe last table shows no trace of the operator, and no dispatcher-based counter can: only the\n"
        "GPU's own counters see a kernel that is launched past the dispatcher.\n");
    if (!save.empty()) {
      by_dispatcher.save(save + "-by-dispatcher.flops");
      by_function.save(save + "-by-function.flops");
    }
    return 0;
  });
}
