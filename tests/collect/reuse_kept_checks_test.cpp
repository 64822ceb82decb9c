// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Which launch each check of a capture says that it measured. No two launches of these programs do the same
// work, so that a value names its launch.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/scope.hpp"
#include "recheck/images.hpp"
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

constexpr int most_launches = 4000;

class kept_checks : public collect {
 protected:
  /// The n-th launch of the kernel, from 1, counts `base` + n in the metric.
  static void number_launches(char const* kernel, char const* metric, double base) {
    std::vector<double> values(most_launches);
    std::iota(values.begin(), values.end(), base + 1);
    ASSERT_EQ(standin_kernel_values(kernel, metric, values.data(), most_launches), 0);
  }
  /// All launches of a kernel have one key.
  static session_options options(std::string metrics) {
    session_options o{.device = "cuda:0",
                      .metrics = std::move(metrics),
                      .replay = replay_mode::reuse,
                      .max_ranges = 8,
                      .raw = raw_choice::all};
    o.reuse.seed = 5;
    o.reuse.budget = 1;
    o.reuse.checks = 12;
    o.reuse.audits = false;
    o.reuse.variable_kernels = {"_Z"};
    return o;
  }

  void run(session_options const& o, std::function<void()> const& body) {
    session session(o);
    session.start();
    body();
    session.stop().save(path());
    capture_reader const reader(path());
    data_ = reader.load();
    reader.for_each_reuse_check([&](reuse_check_record const& c) {
      checks_.push_back(c);
      return true;
    });
    reader.for_each_raw_image([&](raw_chunk_record const& c, std::vector<std::uint8_t>&) {
      chunks_[c.id] = c;
      return true;
    });
  }
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "run.flops"; }
  [[nodiscard]] std::string kernel_of(reuse_check_record const& c) const {
    auto const kernel = data_.reuse_keys.at(static_cast<std::size_t>(c.key - 1)).kernel;
    return data_.kernels.at(static_cast<std::size_t>(kernel - 1)).name;
  }
  /// What the check has, by metric.
  [[nodiscard]] std::map<std::string, double> values_of(reuse_check_record const& c) const {
    std::map<std::string, double> out;
    for (std::size_t m = 0; m < c.counters.size(); ++m) {
      if (c.counters[m]) out[data_.metrics.at(m).name] = *c.counters[m];
    }
    return out;
  }
  /// The ranges of each image are those of its checks, each once, and have the values that the checks have.
  void expect_each_in_its_range() const {
    std::map<std::int64_t, std::set<std::int64_t>> ranges;
    for (auto const& c : checks_) EXPECT_TRUE(ranges[c.chunk].insert(c.range).second) << c.id;
    EXPECT_EQ(ranges.size(), chunks_.size());
    for (auto const& [chunk, found] : ranges) {
      ASSERT_EQ(chunks_.count(chunk), 1U);
      EXPECT_EQ(static_cast<std::int64_t>(found.size()), chunks_.at(chunk).ranges);
      EXPECT_EQ(*found.rbegin(), chunks_.at(chunk).ranges - 1);
    }
    auto const again = recheck::recheck_file(path(), false);
    EXPECT_TRUE(again.equal) << again.output;
  }

  capture_data data_;
  std::vector<reuse_check_record> checks_;
  std::map<std::int64_t, raw_chunk_record> chunks_;

 private:
  test_folder folder_;
};

TEST_F(kept_checks, have_the_number_of_the_launch_that_was_measured) {
  number_launches("_Z4gemmv", ffma_sum, 0);
  number_launches("_Z3addv", ffma_sum, 1'000'000);
  program p;
  run(options(ffma_sum), [&] {
    for (int i = 0; i < 1500; ++i) {
      p.launch("_Z4gemmv");
      if (i % 3 == 0) p.launch("_Z3addv");
      usleep(200);
    }
  });
  ASSERT_EQ(data_.reuse_keys.size(), 2U);
  ASSERT_GE(checks_.size(), 24U);
  std::set<std::string> kernels;
  for (auto const& c : checks_) {
    ASSERT_GT(c.key, 0);
    auto const kernel = kernel_of(c);
    kernels.insert(kernel);
    EXPECT_EQ(values_of(c).at(ffma_sum), (kernel == "_Z3addv" ? 1'000'000 : 0) + c.number) << c.id;
  }
  EXPECT_EQ(kernels.size(), 2U);
  EXPECT_GT(chunks_.size(), 1U);
  expect_each_in_its_range();
}

TEST_F(kept_checks, have_it_in_each_group_of_metrics) {
  number_launches("_Z4gemmv", ffma_sum, 0);
  number_launches("_Z4gemmv", tensor_bf16, 1'000'000);
  program p;
  run(options(std::string(ffma_sum) + "," + tensor_bf16), [&] {
    for (int i = 0; i < 400; ++i) {
      p.launch("_Z4gemmv");
      cuCtxSynchronize();
      usleep(300);
    }
  });
  std::map<std::string, int> checks_by_metric;
  for (auto const& c : checks_) {
    auto const values = values_of(c);
    ASSERT_EQ(values.size(), 1U) << c.id;
    auto const& [metric, value] = *values.begin();
    ++checks_by_metric[metric];
    EXPECT_EQ(value, (metric == tensor_bf16 ? 1'000'000 : 0) + c.number) << c.id;
    auto const of_check = std::find_if(data_.metrics.begin(), data_.metrics.end(),
                                       [&wanted = metric](auto const& m) { return m.name == wanted; });
    EXPECT_EQ(of_check->metric_group, chunks_.at(c.chunk).metric_group) << c.id;
  }
  EXPECT_EQ(checks_by_metric.size(), 2U);
  expect_each_in_its_range();
}

TEST_F(kept_checks, of_a_key_that_several_threads_launch_have_its_number_among_all) {
  number_launches("_Z4gemmv", ffma_sum, 0);
  program p;
  run(options(ffma_sum), [&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&] {
        p.use();
        for (int i = 0; i < 500; ++i) {
          p.launch("_Z4gemmv");
          usleep(100);
        }
      });
    }
    for (auto& t : threads) t.join();
  });
  ASSERT_EQ(data_.reuse_keys.size(), 1U);
  ASSERT_GE(checks_.size(), 12U);
  for (auto const& c : checks_) EXPECT_EQ(values_of(c).at(ffma_sum), c.number) << c.id;
  expect_each_in_its_range();
}

TEST_F(kept_checks, of_whole_steps_have_the_launches_of_one_step) {
  constexpr int launches_of_a_step = 5;
  number_launches("_Z4gemmv", ffma_sum, 0);
  program p;
  auto o = options(ffma_sum);
  o.reuse.audits = true;
  o.iteration = "step";
  run(o, [&] {
    for (int i = 0; i < 300; ++i) {
      scope const step("step");
      for (int launch = 0; launch < launches_of_a_step; ++launch) p.launch("_Z4gemmv");
      usleep(300);
    }
  });
  int steps = 0;
  for (auto const& c : checks_) {
    auto const value = values_of(c).at(ffma_sum);
    if (c.key != 0) {
      EXPECT_EQ(value, c.number) << c.id;
      continue;
    }
    ++steps;
    EXPECT_EQ(c.number, 0);
    // The sum of 5 n + 1 to 5 n + 5, for the step of number n from 0.
    double const number = (value - 15) / 25;
    EXPECT_EQ(number, std::floor(number)) << value;
    EXPECT_GE(number, 0);
  }
  EXPECT_GE(steps, 2);
  expect_each_in_its_range();
}

}  // namespace
}  // namespace flopwatch::test
