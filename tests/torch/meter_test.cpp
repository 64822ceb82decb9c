// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The meter of LibTorch programs: its counts are those of a session on the same step.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace flopwatch::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct NetImpl : torch::nn::Module {
  explicit NetImpl(std::int64_t width = 32) {
    up = register_module("up", torch::nn::Linear(16, width));
    down = register_module("down", torch::nn::Linear(width, 4));
  }
  torch::Tensor forward(torch::Tensor const& x) { return down(torch::relu(up(x))); }
  torch::nn::Linear up{nullptr}, down{nullptr};
};
TORCH_MODULE(Net);

class metered : public testing::Test {
 protected:
  void train(torch::Tensor const& x) {
    optimizer.zero_grad();
    net->forward(x).square().mean().backward();
    optimizer.step();
  }
  /// FLOPs of the step, by a session.
  std::int64_t by_session(torch::Tensor const& x) {
    train(x);  // the first step makes the optimizer's state
    auto const total = count_once([&] { train(x); }).total();
    return total.operator_flops() + total.operator_other_flops;
  }
  static meter_options options() {
    meter_options o;
    o.peak = peak::of_all(1e12);
    o.check_budget = 0;
    return o;
  }

  Net net;
  optim::AdamW optimizer{net->parameters(), torch::optim::AdamWOptions(1e-3)};
};

TEST_F(metered, counts_a_step_as_a_session_counts_it) {
  auto const x = torch::randn({8, 16});
  auto const expected = by_session(x);
  meter meter(net, options());
  std::vector<std::int64_t> flops;
  std::vector<std::int64_t> read;
  meter.on_interval([&](meter_interval const& i) {
    flops.push_back(i.executed_flops());
    read.push_back(i.steps_read);
    EXPECT_TRUE(i.exact) << testing::PrintToString(i.reasons);
  });
  for (int i = 0; i < 5; ++i) {
    meter.begin(x);
    train(x);
    meter.step();
  }
  EXPECT_THAT(flops, ElementsAre(expected, expected, expected, expected, expected));
  EXPECT_THAT(read, ElementsAre(1, 1, 0, 0, 0));
  auto const total = meter.total();
  EXPECT_EQ(total.steps, 5);
  EXPECT_EQ(total.executed_flops(), 5 * expected);
  EXPECT_TRUE(total.exact);
}

TEST_F(metered, a_reused_step_records_nothing) {
  auto const x = torch::randn({8, 16});
  meter meter(net, options());
  for (int i = 0; i < 3; ++i) {
    meter.begin(x);
    train(x);
    meter.step();
  }
  meter.begin(x);
  session other{{}};
  EXPECT_NO_THROW(other.start());  // one session records at a time
  static_cast<void>(other.stop());
  train(x);
  meter.step();
  EXPECT_EQ(meter.last()->steps_reused, 1);
}

TEST_F(metered, counts_other_shapes_and_knows_them_again) {
  auto const small = torch::randn({8, 16});
  auto const large = torch::randn({24, 16});
  auto const of_small = by_session(small);
  auto const of_large = by_session(large);
  ASSERT_NE(of_small, of_large);
  meter meter(net, options());
  std::vector<std::int64_t> flops;
  std::vector<std::int64_t> read;
  meter.on_interval([&](meter_interval const& i) {
    flops.push_back(i.executed_flops());
    read.push_back(i.steps_read);
  });
  for (auto const* x : {&small, &small, &small, &large, &large, &small, &large}) {
    meter.begin(*x);
    train(*x);
    meter.step();
  }
  EXPECT_THAT(flops, ElementsAre(of_small, of_small, of_small, of_large, of_large, of_small, of_large));
  EXPECT_THAT(read, ElementsAre(1, 1, 0, 1, 0, 0, 0));
}

TEST_F(metered, sees_that_a_step_trains_nothing) {
  auto const x = torch::randn({8, 16});
  meter meter(net, options());
  for (int i = 0; i < 3; ++i) {
    meter.begin(x);
    train(x);
    meter.step();
  }
  auto const trained = meter.last()->executed_flops();
  for (int i = 0; i < 2; ++i) {
    torch::NoGradGuard const off;
    meter.begin(x);
    net->forward(x);
    meter.step();
    EXPECT_EQ(meter.last()->steps_read, i == 0 ? 1 : 0);
    EXPECT_LT(meter.last()->executed_flops(), trained / 2);
    EXPECT_EQ(meter.last()->executed_flops_by_phase().at(phase::backward), 0);
  }
}

TEST_F(metered, a_step_that_goes_on_unlike_those_before_is_missing_until_it_is_counted) {
  auto const x = torch::randn({8, 16});
  auto const expected = by_session(x);
  meter meter(net, options());
  for (int i = 0; i < 3; ++i) {
    meter.begin(x);
    train(x);
    meter.step();
  }
  for (int i = 0; i < 2; ++i) {  // two batches in one step: the beginning is the same
    meter.begin(x);
    train(x);
    train(x);
    meter.step();
    if (i == 0) {
      EXPECT_EQ(meter.last()->steps_missing, 1);
      EXPECT_FALSE(meter.last()->complete);
      EXPECT_THAT(meter.last()->reasons.at(0), HasSubstr("step 4 is new"));
      EXPECT_EQ(meter.last()->executed_flops(), 0);
      EXPECT_EQ(meter.total().executed_flops(), 3 * expected);
    }
  }
  EXPECT_EQ(meter.last()->executed_flops(), 2 * expected);
  EXPECT_EQ(meter.total().executed_flops(), (3 + 2 * 2) * expected);
  EXPECT_TRUE(meter.total().exact);
}

TEST_F(metered, without_begin_counts_each_step_but_the_first) {
  auto const x = torch::randn({8, 16});
  auto const expected = by_session(x);
  meter meter(net, options());
  for (int i = 0; i < 4; ++i) {
    train(x);
    meter.step();
    EXPECT_EQ(meter.last()->steps_read, i == 0 ? 0 : 1);
    EXPECT_EQ(meter.last()->executed_flops(), i == 0 ? 0 : expected);
  }
  EXPECT_EQ(meter.total().steps_missing, 1);
  EXPECT_THAT(meter.total().reasons.at(0), HasSubstr("did not see step 1 begin"));
}

TEST_F(metered, checks_find_work_that_values_decide) {
  auto const x = torch::randn({8, 16});
  auto o = options();
  o.check_budget = 1;
  o.seed = 7;
  meter meter(net, o);
  torch::NoGradGuard const off;
  bool variable = false;
  for (int step = 0; step < 60; ++step) {
    meter.begin(x);
    for (int i = 0; i <= step % 3; ++i) net->forward(x);
    meter.step();
    for (auto const& reason : meter.last()->reasons) variable |= reason.find("mean of") != reason.npos;
    if (variable) {
      EXPECT_FALSE(meter.total().exact);
    }
  }
  EXPECT_TRUE(variable);
}

TEST_F(metered, parts_add_up_and_utilization_is_theirs) {
  std::int64_t now_ns = 0;
  auto o = options();
  o.peak = peak::of_formats({{"fp32", 1e9}});
  o.clock_ns = [&] { return now_ns; };
  o.every = 5;
  auto const x = torch::randn({8, 16});
  meter meter(net, o);
  for (int i = 0; i < 5; ++i) {
    meter.begin(x);
    train(x);
    now_ns += 1'000'000;
    meter.step();
  }
  ASSERT_TRUE(meter.last());
  auto const& last = *meter.last();
  EXPECT_EQ(last.seconds, 5e-3);
  EXPECT_EQ(last.executed_flops(),
            last.useful_flops() + last.masked_flops() + last.recompute_flops() + last.other_flops());
  EXPECT_EQ(last.multiply_add_flops(), 2 * last.executed_macs());
  std::int64_t by_precision = 0;
  for (auto const& [p, flops] : last.executed_flops_by_precision()) by_precision += flops;
  EXPECT_EQ(by_precision, last.executed_flops());
  EXPECT_GT(last.executed_flops_by_phase().at(phase::optimizer), 0);
  // 1 ms at 1 GFLOP/s is a million FLOPs.
  EXPECT_DOUBLE_EQ(last.mfu.value(), static_cast<double>(last.useful_flops()) / 5 / 1e6);
  EXPECT_DOUBLE_EQ(last.hfu.value(), static_cast<double>(last.multiply_add_flops()) / 5 / 1e6);
}

TEST_F(metered, outlets_get_each_interval_and_cannot_end_the_run) {
  auto const path = testing::TempDir() + "meter_test_steps";
  auto const x = torch::randn({8, 16});
  {
    auto o = options();
    o.every = 2;
    meter meter(net, o);
    meter.on_interval([](meter_interval const&) { throw std::runtime_error("full"); });
    meter.on_interval(meter_csv_file(path + ".csv"));
    meter.on_interval(meter_json_lines(path + ".jsonl"));
    for (int i = 0; i < 3; ++i) {
      meter.begin(x);
      train(x);
      meter.step();
    }
  }  // its end gives the third step
  std::stringstream csv;
  csv << std::ifstream(path + ".csv").rdbuf();
  std::stringstream jsonl;
  jsonl << std::ifstream(path + ".jsonl").rdbuf();
  auto const lines = [](std::string const& text) { return std::count(text.begin(), text.end(), '\n'); };
  EXPECT_EQ(lines(csv.str()), 3);
  EXPECT_EQ(lines(jsonl.str()), 2);
  EXPECT_THAT(csv.str(), HasSubstr("\r\n1,2,"));
  EXPECT_THAT(csv.str(), HasSubstr("\r\n3,1,"));
  EXPECT_THAT(jsonl.str(), HasSubstr("\"source\":\"operator\""));
}

TEST_F(metered, while_another_session_records_says_what_is_missing) {
  auto const x = torch::randn({8, 16});
  meter meter(net, options());
  session other{{}};
  other.start();
  meter.begin(x);
  train(x);
  meter.step();
  EXPECT_GT(other.stop().total().operator_macs, 0);
  EXPECT_EQ(meter.last()->steps_missing, 1);
  EXPECT_THAT(meter.last()->reasons.at(0), HasSubstr("step 1 could not be counted"));
}

TEST_F(metered, options_that_make_no_sense_are_refused) {
  auto wrong = options();
  wrong.every = 0;
  EXPECT_THROW(meter(net, wrong), usage_error);
  wrong = options();
  wrong.check_budget = 1.5;
  EXPECT_THROW(meter(net, wrong), usage_error);
  EXPECT_THROW(meter(std::shared_ptr<torch::nn::Module>{}), usage_error);
  EXPECT_THROW(static_cast<void>(peak::of_chip("NVIDIA A10G")), usage_error);
}

}  // namespace
}  // namespace flopwatch::test
