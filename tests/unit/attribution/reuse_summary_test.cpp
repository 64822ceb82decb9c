// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// How sure a sum of reused counts is. Captures are synthetic.
#include "attribution/reuse_summary.hpp"

#include <limits>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "metrics/reuse/sum_bound.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::attribution_detail {
namespace {

class reuse_summary_of : public testing::Test {
 protected:
  reuse_summary_of() {
    data.metrics = {{1, 1, test::ffma_metric, "inst", 0}};
    data.reuse_keys = {key(1, reuse_class::constant, 0)};
    launch_group group;
    group.plan = 1;
    group.launches = 1000;
    group.reused = true;
    group.sums = {{test::ffma_metric, 500'000}};  // 1,000,000 FLOPs
    data.launch_groups = {group};
  }
  static reuse_key_record key(std::int64_t id, reuse_class kind, std::optional<double> bound_flops) {
    reuse_key_record r;
    r.id = id;
    r.plan = 1;
    r.kind = kind;
    r.launches = 1000;
    r.checks = 40;
    r.bound_flops = bound_flops;
    return r;
  }
  void audit(std::int64_t audits, std::int64_t equal, std::optional<double> bound, std::int64_t group = 0) {
    data.reuse_audits.push_back({1, group, audits, equal, equal == audits ? 0 : 0.5, bound});
  }
  [[nodiscard]] reuse_summary summary() const { return summary_of_reuse(data).value(); }

  capture_data data;
};

TEST_F(reuse_summary_of, a_run_without_audits_has_no_bound) {
  EXPECT_EQ(summary().bound, std::nullopt);
  audit(0, 0, std::nullopt);
  EXPECT_EQ(summary().bound, std::nullopt);
  EXPECT_EQ(summary().steps_share, std::nullopt);
  EXPECT_EQ(summary().key_share, std::nullopt) << "checks that are not picked at random prove no share";
}

TEST_F(reuse_summary_of, one_group_without_audits_leaves_all_open) {
  audit(20, 10, 0.001);
  audit(0, 0, std::nullopt, 1);
  EXPECT_EQ(summary().bound, std::nullopt);
  EXPECT_EQ(summary().steps_share, std::nullopt);
}

TEST_F(reuse_summary_of, audits_that_agree_bound_the_share_of_the_steps) {
  audit(38, 38, 0);
  audit(30, 30, 0, 1);
  EXPECT_EQ(summary().bound, std::nullopt);
  EXPECT_EQ(summary().steps_share, 0.1);
  data.reuse_audits[1].audits = data.reuse_audits[1].equal = 3;
  EXPECT_EQ(summary().steps_share, std::nullopt) << "three say nothing";
}

TEST_F(reuse_summary_of, of_several_processes_it_is_not_known_which_of_them_was_audited) {
  audit(38, 38, 0);
  data.processes.resize(2);
  EXPECT_EQ(summary().steps_share, std::nullopt);
}

TEST_F(reuse_summary_of, audits_that_differ_bound_the_sum) {
  data.reuse_keys.push_back(key(2, reuse_class::variable, 5000));
  audit(20, 10, 0.001);
  EXPECT_NEAR(summary().bound.value(), 0.001, 1e-12);
  EXPECT_EQ(summary().steps_share, std::nullopt);
  data.reuse_audits[0].audits = 9;
  EXPECT_NEAR(summary().bound.value(), 0.001 + 0.005, 1e-12) << "few audits: what the checks say counts too";
}

TEST_F(reuse_summary_of, random_checks_bound_the_share_of_a_constant_key) {
  data.info[reuse::random_checks_entry] = "30";
  EXPECT_EQ(summary().key_share, 0.1);
  for (auto const* const nothing : {"0", "3", "", "x", "30, 40"}) {
    data.info[reuse::random_checks_entry] = nothing;
    EXPECT_EQ(summary().key_share, std::nullopt) << nothing;
  }
}

}  // namespace
}  // namespace flopwatch::attribution_detail
