// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The plans of every chip that CUPTI lists, made with CUPTI itself.

#include "cupti/chip_plan.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "cupti/host.hpp"
#include "cupti/locate/candidates.hpp"
#include "flopwatch/error.hpp"
#include "metrics/tensor_name.hpp"

namespace flopwatch::cupti {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

std::string tensor(std::string const& rest) { return "sm__ops_path_tensor_" + rest + ".sum"; }
std::string core(std::string const& operation) {
  return "sm__sass_thread_inst_executed_op_" + operation + "_pred_on.sum";
}

std::vector<std::string> nine() {
  std::vector<std::string> out;
  for (auto const* operation : {"fadd", "fmul", "ffma", "dadd", "dmul", "dfma", "hadd", "hmul", "hfma"}) {
    out.push_back(core(operation));
  }
  return out;
}

/// The counters of a chip that plans use.
std::vector<std::string> counters_of(host const& chip) {
  auto names = chip.base_metrics(metric_kind::counter);
  std::erase_if(names, [](std::string const& name) {
    return name.find("tensor") == std::string::npos && name.find("_sass_") == std::string::npos;
  });
  std::sort(names.begin(), names.end());
  return names;
}

/// The chips that this CUPTI does not refuse. The sanitizers make CUPTI slow: with them, one chip for all
/// that have the same counters.
std::vector<std::string> usable_chips() {
  std::vector<std::string> out;
  std::set<std::vector<std::string>> seen;
  std::size_t usable = 0;
  for (auto const& chip : supported_chips()) {
    try {
      host const attempt(chip);
      ++usable;
      bool const is_new = seen.insert(counters_of(attempt)).second;
      if (is_new || !IS_SANITIZED) out.push_back(chip);
    } catch (cupti_error const& refused) {
      EXPECT_EQ(refused.code(), exit_code::no_device);
      EXPECT_THAT(refused.what(), HasSubstr(chip));
    }
  }
  EXPECT_GE(usable, 15U);
  EXPECT_GE(out.size(), 5U);
  return out;
}

std::vector<std::string> names(chip_plan const& plan) {
  std::vector<std::string> out;
  for (auto const& group : plan.groups) {
    for (auto const& metric : group.metrics) out.push_back(metric.name);
  }
  return out;
}

std::vector<int> passes_of_groups(chip_plan const& plan) {
  std::vector<int> out;
  for (auto const& group : plan.groups) out.push_back(group.passes);
  return out;
}

std::vector<chip_plan> plans(std::string const& chip) {
  std::vector<metric_request> const requests{
      {.set = metric_set::cuda_core}, {.set = metric_set::tensor}, {.set = metric_set::full}};
  return make_plans(chip, requests);
}

/// A fresh host object agrees with what the plan says of each group.
void expect_kept_promises(chip_plan const& plan) {
  for (auto const& group : plan.groups) {
    host fresh(plan.chip);
    fresh.add_metrics(group.names());
    auto const image = fresh.config_image();
    EXPECT_EQ(image, group.config_image);
    EXPECT_EQ(passes_of(image), group.passes);
    EXPECT_TRUE(group.passes == 1 || std::all_of(group.metrics.begin(), group.metrics.end(),
                                                 [&](auto const& m) {
                                                   host alone(plan.chip);
                                                   alone.add_metrics({&m.name, 1});
                                                   return passes_of(alone.config_image()) > 1;
                                                 }))
        << "a metric of one pass in a group of several";
  }
}

void expect_same_group(planned_group const& a, planned_group const& b) {
  EXPECT_EQ(a.names(), b.names());
  EXPECT_EQ(a.config_image, b.config_image);
  EXPECT_EQ(a.passes, b.passes);
}

void expect_no_part_beside_its_whole(chip_plan const& plan) {
  auto const all = names(plan);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
  for (auto const& a : all) {
    EXPECT_THAT(a, Not(HasSubstr("realtime")));
    for (auto const& b : all) {
      auto const whole = metrics::tensor_name::parse(a);
      auto const part = metrics::tensor_name::parse(b);
      EXPECT_FALSE(a != b && whole && part && whole->contains(*part)) << a << " holds " << b;
    }
  }
}

/// Every tensor counter of the chip that weighs something is collected, whole or in all its parts.
void expect_all_tensor_counters(chip_plan const& plan) {
  std::set<std::string> covered;
  for (auto const& name : names(plan)) covered.insert(name);
  for (auto const& narrowed : plan.narrowed) {
    EXPECT_THAT(names(plan), IsSupersetOf(narrowed.parts));
    covered.insert(narrowed.whole);
  }
  for (auto const& base : host(plan.chip).base_metrics(metric_kind::counter)) {
    auto const parsed = metrics::tensor_name::parse(base + ".sum");
    if (!parsed || !parsed->operation.empty()) continue;
    bool const in_another = std::any_of(covered.begin(), covered.end(), [&](std::string const& name) {
      auto const whole = metrics::tensor_name::parse(name);
      return whole && whole->contains(*parsed);
    });
    EXPECT_TRUE(in_another) << base;
  }
}

TEST(every_chip, has_plans_that_keep_their_promises) {
  for (auto const& chip : usable_chips()) {
    SCOPED_TRACE(chip);
    auto const made = plans(chip);
    expect_kept_promises(made[2]);
    // GB110 counts operations on fp4 and fp6 with fp16 results in no single pass, nor by parts.
    EXPECT_EQ(made[2].most_passes(), chip == "GB110" ? 2 : 1);
    for (auto const& plan : made) {
      expect_no_part_beside_its_whole(plan);
      for (auto const& group : plan.groups) {
        for (auto const& metric : group.metrics) {
          std::string const unit = metric.weight && metric.weight->tensor_core ? "math_op" : "instruction";
          // Up to 12.9 CUPTI gives tensor-core operations no unit.
          EXPECT_TRUE(metric.unit == unit || (load_library().version < 130000 && metric.unit.empty()))
              << metric.unit;
          EXPECT_TRUE(metric.weight.has_value() != metric.indicator) << metric.name;
          EXPECT_FALSE(metric.description.empty());
        }
      }
    }
    EXPECT_EQ(passes_of_groups(made[0]), std::vector{1});
    EXPECT_THAT(names(made[0]), IsSupersetOf(nine()));
    EXPECT_FALSE(made[0].has_tensor_metrics());
    expect_all_tensor_counters(made[1]);
    EXPECT_EQ(made[1].has_tensor_metrics(), made[1].notes.empty());
    ASSERT_FALSE(made[2].groups.empty());
    // The full set is the other two, group by group, and so are its promises.
    ASSERT_EQ(made[2].groups.size(), 1 + made[1].groups.size());
    expect_same_group(made[2].groups[0], made[0].groups[0]);
    for (std::size_t i = 0; i < made[1].groups.size(); ++i) {
      expect_same_group(made[2].groups[i + 1], made[1].groups[i]);
    }
  }
}

TEST(every_chip, never_reads_a_counter_of_several_formats_as_one_of_them) {
  // Added to a counter that names its format among others, each of these needs its own hardware counters:
  // neither is a part of the other.
  for (auto const& chip : usable_chips()) {
    auto const base = host(chip).base_metrics(metric_kind::counter);
    for (auto const* several : {"src_fp4_fp6_fp8_dst_fp32", "src_fp4_fp6_dst_fp32"}) {
      if (std::find(base.begin(), base.end(), "sm__ops_path_tensor_" + std::string(several)) == base.end())
        continue;
      auto const image = [&](std::vector<std::string> const& metrics) {
        host attempt(chip);
        attempt.add_metrics(metrics);
        return attempt.config_image();
      };
      auto const both = image({tensor(several), tensor("src_fp4_dst_fp32")});
      EXPECT_NE(both, image({tensor(several)})) << chip;
      EXPECT_NE(both, image({tensor("src_fp4_dst_fp32")})) << chip;
    }
  }
}

TEST(plan, of_gh100) {
  auto const made = plans("GH100");
  EXPECT_EQ(made[0].groups[0].metrics.size(), 10U);
  EXPECT_TRUE(made[0].groups[0].metrics.back().indicator);
  EXPECT_EQ(made[0].groups[0].metrics.back().name, "smsp__sass_inst_executed_op_shared_gmma.sum");
  EXPECT_EQ(passes_of_groups(made[1]), (std::vector{1, 1, 1, 1, 1, 1}));
  ASSERT_EQ(made[1].narrowed.size(), 2U);
  EXPECT_EQ(made[1].narrowed[0].whole, tensor("src_fp16"));
  EXPECT_THAT(made[1].narrowed[0].parts, ::testing::UnorderedElementsAre(
                                             tensor("op_hgmma_src_fp16"), tensor("op_hmma_src_fp16_dst_fp16"),
                                             tensor("op_hmma_src_fp16_dst_fp32")));
  EXPECT_EQ(made[1].narrowed[1].whole, tensor("src_int8"));
  EXPECT_THAT(
      made[1].narrowed[1].parts,
      ::testing::UnorderedElementsAre(tensor("op_igmma_src_int8"), tensor("op_imma_src_int8_sparsity_off"),
                                      tensor("op_imma_src_int8_sparsity_on")));
  EXPECT_EQ(make_plan("GH100", {.set = metric_set::tensor, .types = {"bf16", "fp8"}}).passes(), 1);
  EXPECT_EQ(make_plan("GH100", {.set = metric_set::tensor, .types = {"bf16", "tf32"}}).passes(), 2);
}

TEST(same_counters, tells_all_parts_from_some_and_from_others) {
  auto const same = [](std::vector<std::string> const& parts) {
    return same_counters("GH100", tensor("src_fp16"), parts);
  };
  auto const hgmma = tensor("op_hgmma_src_fp16");
  auto const to_fp16 = tensor("op_hmma_src_fp16_dst_fp16");
  auto const to_fp32 = tensor("op_hmma_src_fp16_dst_fp32");
  EXPECT_TRUE(same({hgmma, tensor("op_hmma_src_fp16")}));
  EXPECT_TRUE(same({hgmma, to_fp16, to_fp32}));
  EXPECT_FALSE(same({hgmma, to_fp16}));
  EXPECT_FALSE(same({to_fp16, to_fp32}));
  EXPECT_FALSE(same({hgmma, to_fp32}));
  EXPECT_FALSE(same({hgmma}));
  EXPECT_FALSE(same({hgmma, to_fp16, to_fp32, tensor("src_fp64")}));
  EXPECT_FALSE(same({hgmma, to_fp16, tensor("src_fp64")}));
  std::vector<std::string> const as_many{core("fmul")};
  EXPECT_FALSE(same_counters("GH100", core("fadd"), as_many));
}

TEST(plan, of_ga100) {
  auto const plan = make_plan("GA100", {.set = metric_set::tensor});
  EXPECT_EQ(passes_of_groups(plan), (std::vector{1, 1, 1, 1, 1, 1}));
  ASSERT_EQ(plan.narrowed.size(), 1U);
  EXPECT_EQ(plan.narrowed[0].whole, tensor("src_int8"));
  auto const fp8 = make_plan("GA100", {.set = metric_set::tensor, .types = {"fp8"}});
  EXPECT_THAT(fp8.groups, IsEmpty());
  EXPECT_THAT(fp8.notes, Contains(HasSubstr("fp8")));
}

TEST(plan, of_gb100) {
  auto const made = plans("GB100");
  EXPECT_THAT(names(made[0]), IsSupersetOf({core("fadd2"), core("fmul2"), core("ffma2"),
                                            std::string("smsp__sass_inst_executed_op_utcmma.sum")}));
  EXPECT_EQ(made[0].groups[0].metrics.size(), 13U);
  EXPECT_EQ(made[1].most_passes(), 1);
  EXPECT_EQ(made[1].passes(), 8);
}

TEST(plan, of_tu102_and_of_a_chip_without_tensor_cores) {
  EXPECT_EQ(make_plan("TU102", {.set = metric_set::full}).passes(), 2);
  auto const plan = make_plan("TU116", {.set = metric_set::full});
  EXPECT_EQ(plan.passes(), 1);
  EXPECT_THAT(plan.notes, Not(IsEmpty()));
}

TEST(plan, of_gb202_counts_ten_formats) {
  auto const plan = make_plan("GB202", {.set = metric_set::tensor});
  EXPECT_EQ(plan.passes(), 10);
  EXPECT_EQ(names(plan).size(), 11U);
}

TEST(plan, is_the_same_each_time) {
  metric_request const request{.set = metric_set::full, .types = {"fp16", "fp64"}};
  auto const a = make_plan("GB100", request);
  auto const b = make_plan("GB100", request);
  ASSERT_EQ(a.groups.size(), b.groups.size());
  for (std::size_t i = 0; i < a.groups.size(); ++i) expect_same_group(a.groups[i], b.groups[i]);
}

TEST(plan, takes_own_metrics_and_nvprofs_names) {
  auto const plan = make_plan("GH100", {.metrics = {"flop_count_sp", "sm__inst_executed"}});
  EXPECT_THAT(names(plan), IsSupersetOf({core("fadd"), core("ffma"), std::string("sm__inst_executed.sum")}));
  EXPECT_EQ(plan.passes(), 2);
  EXPECT_THROW(static_cast<void>(make_plan("GH100", {.metrics = {"sm__nothing.sum"}})), usage_error);
}

TEST(chips, are_found_whatever_their_case) {
  EXPECT_EQ(chip_named("gh100"), "GH100");
  EXPECT_THROW(static_cast<void>(chip_named("GH")), usage_error);
  EXPECT_THROW(static_cast<void>(make_plan("XX100", {})), usage_error);
}

TEST(list, has_every_metric_with_words) {
  auto const all = list_metrics("GA100");
  EXPECT_GT(all.size(), 2000U);
  EXPECT_TRUE(
      std::is_sorted(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.name < b.name; }));
  for (auto const& metric : all) EXPECT_FALSE(metric.description.empty()) << metric.name;
}

}  // namespace
}  // namespace flopwatch::cupti
