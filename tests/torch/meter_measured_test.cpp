// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The meter of LibTorch programs by the counters of the stand-in GPU, whose counts are synthetic. Torch
// cannot run on that driver: tensors are the CPU's, and kernels are launched beside.
#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "collect/program.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/torch.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t rows = 64;
constexpr std::int64_t width = 32;
constexpr std::int64_t product_flops = 3 * 2 * rows * width * width;
constexpr std::int64_t hidden_flops = rows * width;

program* gpu = nullptr;

void launch(char const* kernel, std::int64_t threads) {
  gpu->launch(kernel, static_cast<unsigned>(threads / 32), 32);
}

/// One fused multiply-add in each thread.
at::Tensor matmul(at::Tensor const& x, at::Tensor const& weight) {
  launch("gemm", x.size(0) * x.size(1) * weight.size(1));
  return at::empty({x.size(0), weight.size(1)});
}

TORCH_LIBRARY(synthetic, m) { m.def("matmul(Tensor x, Tensor weight) -> Tensor", matmul); }

operator_work count_matmul(operator_call const& call) {
  auto const& x = std::get<tensor_arg>(call.args[0]);
  return {{.macs = x.elements() * width, .useful_macs = x.elements() * width}, precision::fp32};
}

at::Tensor call_matmul(at::Tensor const& x, at::Tensor const& weight) {
  static auto const op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("synthetic::matmul", "")
                             .typed<at::Tensor(at::Tensor const&, at::Tensor const&)>();
  return op.call(x, weight);
}

/// Three products, and adds that no dispatcher sees.
struct NetImpl : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    for (int i = 0; i < 3; ++i) x = call_matmul(x, weight);
    launch("gelu", x.numel());
    return x;
  }
  torch::Tensor weight = torch::randn({width, width});
};
TORCH_MODULE(Net);

class metered_by_counters : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_set_device_count(1);
    standin_kernel_value("gemm", ffma_sum, 0, 1);
    standin_kernel_value("gelu", fadd_sum, 0, 1);
    gpu = &program_.emplace();
  }
  void TearDown() override {
    collect::TearDown();
    program_.reset();
  }
  static std::string metrics() { return std::string(ffma_sum) + "," + fadd_sum + "," + tensor_bf16; }
  static meter_options options() {
    meter_options o;
    o.peak = peak::of_all(1e12);
    o.operator_rules = {{"synthetic::matmul", count_matmul}};
    o.measure = measure::run;
    o.device = "cuda:0";
    o.metrics = metrics();
    o.reuse = {.budget = 1, .audits = false};
    return o;
  }
  void run(meter& m, int steps, int ms = 0) {
    for (int i = 0; i < steps; ++i) {
      net->forward(x);
      std::this_thread::sleep_for(std::chrono::milliseconds(ms));
      m.step();
    }
  }
  /// Until all kernels have been measured; whether they were.
  bool learn(meter& m) {
    for (int i = 0; i < 60; ++i) {
      run(m, 1, 30);
      if (m.last()->complete) return true;
    }
    return false;
  }

  std::optional<program> program_;
  Net net;
  torch::Tensor x = torch::randn({rows, width});
};

TEST_F(metered_by_counters, a_step_has_what_the_counters_say) {
  meter m(net, options());
  ASSERT_TRUE(learn(m)) << testing::PrintToString(m.last()->reasons);
  run(m, 3);
  auto const& last = *m.last();
  EXPECT_EQ(last.source(), "counters");
  EXPECT_TRUE(last.exact);
  EXPECT_THAT(last.reasons, IsEmpty());
  EXPECT_EQ(last.executed_flops(), product_flops + hidden_flops);
  EXPECT_EQ(last.multiply_add_flops(), product_flops);
  EXPECT_EQ(last.other_flops(), hidden_flops);
  EXPECT_EQ(last.executed_flops_by_precision(),
            (std::map<precision, std::int64_t>{{precision::fp32, product_flops + hidden_flops}}));
  EXPECT_EQ(last.executed_flops_by_phase().at(phase::forward), last.executed_flops());
  EXPECT_EQ(last.useful_flops(), product_flops);
  EXPECT_EQ(last.padding_flops, 0);
  EXPECT_EQ(last.launches(), 4);
  EXPECT_EQ(last.launches_not_counted(), 0);
  auto const total = m.total();
  EXPECT_TRUE(total.complete);
  EXPECT_EQ(total.executed_flops(), total.steps * last.executed_flops()) << "early steps too, by now";
}

TEST_F(metered_by_counters, what_kernels_of_products_did_beyond_them_is_padding) {
  standin_kernel_value("gemm", ffma_sum, 640, 1);
  meter m(net, options());
  ASSERT_TRUE(learn(m));
  auto const& last = *m.last();
  EXPECT_EQ(last.padding_flops, 3 * 2 * 640);
  EXPECT_EQ(last.useful_flops() + last.masked_flops() + last.recompute_flops() + *last.padding_flops +
                last.other_flops(),
            last.executed_flops());
}

TEST_F(metered_by_counters, names_launches_that_were_not_measured_yet) {
  meter m(net, options());
  run(m, 1);
  auto const& first = *m.last();
  EXPECT_FALSE(first.complete);
  EXPECT_FALSE(first.exact);
  EXPECT_EQ(first.padding_flops, std::nullopt);
  EXPECT_EQ(first.executed_flops(), 0);
  EXPECT_EQ(first.launches(), 4);
  EXPECT_EQ(first.launches_not_counted(), 4);
  EXPECT_EQ(first.steps_missing, 1);
  EXPECT_EQ(first.mfu, std::nullopt);
  EXPECT_THAT(first.reasons, Contains(HasSubstr("4 launches of kernels that were not measured yet")));
  EXPECT_FALSE(m.total().complete);
}

TEST_F(metered_by_counters, reads_a_session_that_the_program_has_started) {
  session s({.device = "cuda:0",
             .metrics = metrics(),
             .replay = replay_mode::reuse,
             .reuse = {.budget = 1, .audits = false},
             .operator_rules = {{"synthetic::matmul", count_matmul}}});
  s.start();
  net->forward(x);  // before the meter: in no step
  meter_options o;
  o.running = &s;
  meter m(net, o);
  ASSERT_TRUE(learn(m)) << testing::PrintToString(m.last()->reasons);
  EXPECT_EQ(m.last()->source(), "counters");
  EXPECT_EQ(m.last()->executed_flops(), product_flops + hidden_flops);
  EXPECT_EQ(m.last()->padding_flops, 0);
  auto const steps = m.total().steps;
  EXPECT_EQ(m.total().executed_flops(), steps * (product_flops + hidden_flops));
  auto const r = record_of(s.stop());
  EXPECT_EQ(m.total().executed_flops(), steps * (product_flops + hidden_flops)) << "after its end as well";
  run(m, 1);
  EXPECT_EQ(m.last()->steps_missing, 1);
  EXPECT_FALSE(m.last()->complete);
  EXPECT_THAT(m.last()->reasons, Contains(HasSubstr("not recording")));
  EXPECT_FALSE(m.total().complete);
}

TEST_F(metered_by_counters, kernels_that_are_never_measured_make_it_incomplete) {
  meter m(net, options());
  for (int i = 0; i < 60; ++i) {
    launch("ncclDevKernel_AllReduce_Sum_f32", 32);
    run(m, 1, 30);
    if (m.last()->measured->not_learned_launches == 0) break;
  }
  auto const& last = *m.last();
  EXPECT_EQ(last.launches(), 5);
  EXPECT_EQ(last.launches_not_counted(), 1);
  EXPECT_FALSE(last.complete);
  EXPECT_EQ(last.executed_flops(), product_flops + hidden_flops);
  EXPECT_EQ(last.padding_flops, 0) << "the products are all known";
}

TEST_F(metered_by_counters, without_permission_it_counts_by_the_operators_and_says_so_once) {
  standin_set_permission(0);
  testing::internal::CaptureStderr();
  meter m(net, options());
  for (int i = 0; i < 4; ++i) {
    m.begin(x);
    net->forward(x);
    m.step();
  }
  auto const said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said,
              AllOf(HasSubstr("by the operators, not by the GPU's counters"), HasSubstr("administrators")));
  EXPECT_EQ(said.find("by the operators"), said.rfind("by the operators"));
  EXPECT_EQ(m.last()->source(), "operator");
  EXPECT_EQ(m.last()->executed_flops(), product_flops);
  EXPECT_EQ(m.last()->steps_reused, 1);
  EXPECT_EQ(m.last()->launches(), std::nullopt);
}

TEST_F(metered_by_counters, refuses_what_does_not_go_together) {
  auto o = options();
  o.device = "cuda:7";
  EXPECT_THROW(meter(net, o), device_error);
  o = options();
  o.sum_ranks = [](std::span<std::int64_t>) {};
  EXPECT_THROW(meter(net, o), usage_error);
  o = options();
  o.measure = measure::operators;
  EXPECT_THROW(meter(net, o), usage_error) << "a device is of the counters";
  session other({.device = "cuda:0", .metrics = ffma_sum});
  other.start();
  meter_options of_other;
  of_other.running = &other;
  EXPECT_THROW(meter(net, of_other), usage_error) << "it measures each launch";
  EXPECT_THROW(meter(net, options()), session_error) << "another session records";
}

}  // namespace
}  // namespace flopwatch::test
