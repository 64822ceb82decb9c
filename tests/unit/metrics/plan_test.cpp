// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gmock/gmock.h>

#include "flopwatch/error.hpp"
#include "flopwatch/metrics.hpp"

namespace flopwatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view tensor_front = "sm__ops_path_tensor_";

std::string tensor(std::string const& rest) { return std::string(tensor_front) + rest; }
std::string core(std::string const& operation) {
  return "sm__sass_thread_inst_executed_op_" + operation + "_pred_on";
}

/// A chip whose metrics are sums of named hardware counters. A pass takes `slots` of them, but never two of
/// the same bank (the part before the colon). Patched metrics need a separate pass.
class made_up_chip {
 public:
  std::map<std::string, std::set<std::string>> counters;  ///< by base name
  std::size_t slots = 2;
  int patched_slots = 64;  ///< of one pass
  mutable int asked = 0;

  chip_questions questions() {
    base_.clear();
    for (auto const& [name, unused] : counters) base_.push_back(name);
    chip_questions out;
    out.base_metrics = base_;
    out.is_known = [this](std::string const& name) {
      return counters.count(name.substr(0, name.find('.'))) != 0;
    };
    out.passes = [this](std::span<std::string const> names) { return passes(names); };
    out.same_counters = [this](std::string const& whole, std::span<std::string const> parts) {
      return read({&whole, 1}) == read(parts);
    };
    return out;
  }

  int passes(std::span<std::string const> names) const {
    ++asked;
    std::map<std::string, int> banks;
    int hardware = 0;
    int patched = 0;
    for (auto const& counter : read(names)) {
      if (counter.starts_with("patched")) {
        ++patched;
      } else {
        ++banks[counter.substr(0, counter.find(':'))];
        ++hardware;
      }
    }
    int most = (hardware + static_cast<int>(slots) - 1) / static_cast<int>(slots);
    for (auto const& [bank, used] : banks) most = std::max(most, used);
    return most + (patched + patched_slots - 1) / patched_slots;
  }

 private:
  std::set<std::string> read(std::span<std::string const> names) const {
    std::set<std::string> out;
    for (auto const& name : names) {
      auto const& own = counters.at(name.substr(0, name.find('.')));
      out.insert(own.begin(), own.end());
    }
    return out;
  }

  std::vector<std::string> base_;
};

made_up_chip with_nine() {
  made_up_chip chip;
  for (auto const* operation : {"fadd", "fmul", "ffma", "dadd", "dmul", "dfma", "hadd", "hmul", "hfma"}) {
    chip.counters[core(operation)] = {std::string("patched:") + operation};
  }
  chip.counters[core("integer")] = {"patched:integer"};
  return chip;
}

std::set<std::string> all_of(metric_plan const& plan) {
  std::set<std::string> out;
  for (auto const& group : plan.groups) {
    for (auto const& name : group.metrics) EXPECT_TRUE(out.insert(name).second) << name << " twice";
  }
  return out;
}

void expect_kept_promises(made_up_chip& chip, metric_plan const& plan) {
  for (auto const& group : plan.groups) EXPECT_EQ(chip.passes(group.metrics), group.passes);
}

TEST(plan, the_cuda_cores_take_one_pass_and_their_indicator_rides_along) {
  auto chip = with_nine();
  chip.counters["smsp__sass_inst_executed_op_shared_gmma"] = {"patched:gmma"};
  chip.counters["smsp__sass_inst_executed_op_utccp"] = {"patched:copy"};
  chip.counters[core("ffma2")] = {"patched:ffma2"};
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::cuda_core});
  ASSERT_EQ(plan.groups.size(), 1U);
  EXPECT_EQ(plan.groups[0].passes, 1);
  EXPECT_EQ(plan.groups[0].metrics.size(), 11U);
  EXPECT_EQ(plan.groups[0].metrics.back(), "smsp__sass_inst_executed_op_shared_gmma.sum");
  EXPECT_THAT(plan.indicators, ElementsAre("smsp__sass_inst_executed_op_shared_gmma.sum"));
  EXPECT_THAT(plan.notes, IsEmpty());
}

TEST(plan, what_the_device_lacks_is_said_and_in_no_group) {
  auto chip = with_nine();
  chip.counters["smsp__sass_inst_executed_op_shared_gmma"] = {"patched:gmma"};
  auto questions = chip.questions();
  questions.can_count = [](std::string const& metric) {
    return metric != core("dfma") + ".sum" && metric.find("gmma") == std::string::npos;
  };
  auto const plan = plan_metrics(questions, {.set = metric_set::cuda_core});
  EXPECT_EQ(all_of(plan).size(), 8U);
  EXPECT_EQ(all_of(plan).count(core("dfma") + ".sum"), 0U);
  EXPECT_THAT(plan.lacking, ElementsAre(core("dfma") + ".sum"));
  EXPECT_THAT(plan.indicators, IsEmpty());
  EXPECT_THAT(plan.notes, IsEmpty());
  EXPECT_THROW(static_cast<void>(plan_metrics(questions, {.metrics = {core("dfma")}})), usage_error);
  EXPECT_EQ(plan_metrics(questions, {.metrics = {core("ffma")}}).passes(), 1);
}

TEST(plan, a_device_that_lacks_all_is_not_said_to_have_no_such_counters) {
  auto chip = with_nine();
  auto questions = chip.questions();
  questions.can_count = [](std::string const& /*metric*/) { return false; };
  auto const plan = plan_metrics(questions, {.set = metric_set::cuda_core});
  EXPECT_THAT(plan.groups, IsEmpty());
  EXPECT_EQ(plan.lacking.size(), 9U);
  EXPECT_THAT(plan.notes, IsEmpty());
}

TEST(plan, patched_metrics_that_do_not_fit_one_pass_are_split) {
  auto chip = with_nine();
  chip.patched_slots = 4;
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::cuda_core});
  EXPECT_EQ(plan.groups.size(), 3U);
  EXPECT_EQ(plan.passes(), 3);
  expect_kept_promises(chip, plan);
}

TEST(plan, an_indicator_that_costs_a_pass_is_left_out) {
  auto chip = with_nine();
  chip.counters["smsp__sass_inst_executed_op_hmma"] = {"a:hmma"};
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::cuda_core});
  EXPECT_EQ(plan.passes(), 1);
  EXPECT_THAT(plan.indicators, IsEmpty());
}

TEST(plan, no_part_of_a_tensor_counter_is_taken_with_it) {
  made_up_chip chip;
  for (auto const* name :
       {"src_fp16", "src_fp16_dst_fp32", "src_fp16_sparsity_on", "src_fp16_sparsity_off", "src_fp16_realtime",
        "op_hmma_src_fp16", "src_bf16_dst_fp32", "src_int1", "src_int4"}) {
    chip.counters[tensor(name)] = {std::string(name) + ":0"};
  }
  chip.counters["smsp__ops_path_tensor_src_fp16"] = {"x:0"};
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::tensor});
  EXPECT_THAT(all_of(plan), UnorderedElementsAre(tensor("src_fp16.sum"), tensor("src_bf16_dst_fp32.sum")));
}

TEST(plan, single_pass_metrics_are_put_into_the_fewest_groups) {
  made_up_chip chip;
  // First fit in order of names would put bf16 and fp16 together and need three groups.
  chip.slots = 3;
  chip.counters[tensor("src_bf16_dst_fp32")] = {"y:1"};
  chip.counters[tensor("src_fp16")] = {"z:1"};
  chip.counters[tensor("src_fp64")] = {"x:1", "z:2"};
  chip.counters[tensor("src_fp8")] = {"x:2", "y:2"};
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::tensor});
  EXPECT_EQ(plan.groups.size(), 2U);
  EXPECT_EQ(plan.passes(), 2);
  EXPECT_EQ(all_of(plan).size(), 4U);
  expect_kept_promises(chip, plan);
}

TEST(plan, the_cuda_cores_are_the_first_group_of_the_full_set) {
  auto chip = with_nine();
  chip.counters[tensor("src_bf16_dst_fp32")] = {"a:1"};
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::full});
  ASSERT_EQ(plan.groups.size(), 2U);
  EXPECT_EQ(plan.groups[0].metrics.size(), 9U);
  EXPECT_EQ(plan.groups[1].metrics, std::vector{tensor("src_bf16_dst_fp32.sum")});
  EXPECT_LE(chip.asked, 30);
}

made_up_chip with_wide_fp16() {
  made_up_chip chip;
  chip.counters[tensor("src_fp16")] = {"a:hgmma", "b:16", "b:32"};
  chip.counters[tensor("op_hgmma_src_fp16")] = {"a:hgmma"};
  chip.counters[tensor("op_hmma_src_fp16")] = {"b:16", "b:32"};
  chip.counters[tensor("op_hmma_src_fp16_dst_fp16")] = {"b:16"};
  chip.counters[tensor("op_hmma_src_fp16_dst_fp32")] = {"b:32"};
  return chip;
}

TEST(plan, a_metric_of_several_passes_is_replaced_by_its_parts) {
  auto chip = with_wide_fp16();
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::tensor});
  EXPECT_EQ(plan.groups.size(), 2U);
  EXPECT_EQ(plan.passes(), 2);
  EXPECT_THAT(all_of(plan),
              UnorderedElementsAre(tensor("op_hgmma_src_fp16.sum"), tensor("op_hmma_src_fp16_dst_fp16.sum"),
                                   tensor("op_hmma_src_fp16_dst_fp32.sum")));
  ASSERT_EQ(plan.narrowed.size(), 1U);
  EXPECT_EQ(plan.narrowed[0].whole, tensor("src_fp16.sum"));
  EXPECT_EQ(plan.narrowed[0].parts.size(), 3U);
  expect_kept_promises(chip, plan);
}

TEST(plan, a_part_of_several_passes_is_replaced_by_its_own_parts) {
  made_up_chip chip;
  chip.counters[tensor("src_int8")] = {"a:igmma", "b:off", "b:on"};
  chip.counters[tensor("op_igmma_src_int8")] = {"a:igmma"};
  chip.counters[tensor("op_imma_src_int8")] = {"b:off", "b:on"};
  chip.counters[tensor("op_imma_src_int8_sparsity_off")] = {"b:off"};
  chip.counters[tensor("op_imma_src_int8_sparsity_on")] = {"b:on"};
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::tensor});
  EXPECT_EQ(plan.passes(), 2);
  for (auto const& group : plan.groups) EXPECT_EQ(group.passes, 1);
  EXPECT_THAT(all_of(plan), UnorderedElementsAre(tensor("op_igmma_src_int8.sum"),
                                                 tensor("op_imma_src_int8_sparsity_off.sum"),
                                                 tensor("op_imma_src_int8_sparsity_on.sum")));
  EXPECT_EQ(plan.narrowed[0].parts.size(), 3U);
  expect_kept_promises(chip, plan);
}

TEST(plan, parts_that_might_miss_something_replace_nothing) {
  auto chip = with_wide_fp16();
  chip.counters.erase(tensor("op_hmma_src_fp16_dst_fp16"));
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::tensor});
  ASSERT_EQ(plan.groups.size(), 1U);
  EXPECT_EQ(plan.groups[0].metrics, std::vector{tensor("src_fp16.sum")});
  EXPECT_EQ(plan.groups[0].passes, 2);
  EXPECT_THAT(plan.narrowed, IsEmpty());
}

TEST(plan, metrics_of_several_passes_share_a_group_where_that_saves_one) {
  made_up_chip chip;
  chip.slots = 4;
  chip.counters[tensor("src_fp64")] = {"a:1", "a:2"};
  chip.counters[tensor("src_fp8")] = {"b:1", "b:2"};
  chip.counters[tensor("src_int8")] = {"a:3", "a:4", "b:3", "b:4"};
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::tensor});
  ASSERT_EQ(plan.groups.size(), 2U);
  EXPECT_EQ(plan.groups[0].metrics.size(), 2U);
  EXPECT_EQ(plan.groups[0].passes, 2);
  EXPECT_EQ(plan.passes(), 4);
  expect_kept_promises(chip, plan);
}

TEST(plan, a_metric_of_several_passes_joins_the_group_where_it_saves_most) {
  made_up_chip chip;
  chip.slots = 4;
  chip.counters[tensor("src_bf16")] = {"a:1", "a:2", "a:3"};
  chip.counters[tensor("src_fp64")] = {"a:4", "a:5", "c:1", "d:1", "e:1", "f:1"};
  chip.counters[tensor("src_int8")] = {"b:1", "b:2", "b:3"};  // saves 3 passes with src_bf16, 2 with src_fp64
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::tensor});
  ASSERT_EQ(plan.groups.size(), 2U);
  EXPECT_THAT(plan.groups[0].metrics, UnorderedElementsAre(tensor("src_bf16.sum"), tensor("src_int8.sum")));
  EXPECT_EQ(plan.passes(), 5);
  expect_kept_promises(chip, plan);
}

TEST(plan, types_narrow_the_tensor_counters_alone) {
  auto chip = with_nine();
  chip.counters[tensor("src_fp16_bf16_tf32_dst_fp32")] = {"a:1"};
  chip.counters[tensor("src_fp64")] = {"b:1"};
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::full, .types = {"bf16", "fp8"}});
  EXPECT_EQ(all_of(plan).size(), 10U);
  EXPECT_EQ(all_of(plan).count(tensor("src_fp16_bf16_tf32_dst_fp32.sum")), 1U);
  ASSERT_EQ(plan.notes.size(), 1U);
  EXPECT_THAT(plan.notes[0], HasSubstr("fp8"));
  EXPECT_THROW(
      static_cast<void>(plan_metrics(chip.questions(), {.set = metric_set::full, .types = {"half"}})),
      usage_error);
}

TEST(plan, a_chip_without_tensor_cores_has_an_empty_tensor_set_and_says_so) {
  auto chip = with_nine();
  auto const plan = plan_metrics(chip.questions(), {.set = metric_set::tensor});
  EXPECT_THAT(plan.groups, IsEmpty());
  EXPECT_EQ(plan.notes.size(), 1U);
}

TEST(plan, own_metrics_take_the_place_of_a_set) {
  auto chip = with_nine();
  chip.counters["gpu__time_duration"] = {"a:1"};
  auto const plan = plan_metrics(
      chip.questions(),
      {.metrics = {"gpu__time_duration.max", "flop_count_dp", core("dadd") + ".sum", "gpu__time_duration"}});
  EXPECT_THAT(all_of(plan),
              UnorderedElementsAre("gpu__time_duration.max", "gpu__time_duration.sum", core("dadd") + ".sum",
                                   core("dmul") + ".sum", core("dfma") + ".sum"));
  EXPECT_EQ(plan.passes(), 2);
  EXPECT_THROW(static_cast<void>(plan_metrics(chip.questions(), {.metrics = {"no__such_metric.sum"}})),
               usage_error);
}

TEST(plan, a_long_list_is_grouped_without_asking_for_every_set) {
  made_up_chip chip;
  metric_request request;
  for (int i = 0; i < 60; ++i) {
    auto const name = "unit__counter_" + std::to_string(i);
    chip.counters[name] = {std::to_string(i % 30) + ":" + std::to_string(i)};
    request.metrics.push_back(name);
  }
  chip.slots = 10;
  auto const plan = plan_metrics(chip.questions(), request);
  EXPECT_EQ(all_of(plan).size(), 60U);
  EXPECT_EQ(plan.groups.size(), 6U);
  EXPECT_LE(chip.asked, 600);
  expect_kept_promises(chip, plan);
}

TEST(plan, sets_have_names) {
  for (auto const set : {metric_set::cuda_core, metric_set::tensor, metric_set::full}) {
    EXPECT_EQ(parse_metric_set(to_string(set)), set);
  }
  EXPECT_FALSE(parse_metric_set("everything"));
}

TEST(derived, has_nvprofs_names_and_weights) {
  std::map<std::string, std::optional<std::int64_t>> const values{
      {core("fadd") + ".sum", 3}, {core("fmul") + ".sum", 5}, {core("ffma") + ".sum", 100}};
  EXPECT_EQ(value_of(*derived_metric_from("flop_count_sp"), values), 208);
  EXPECT_EQ(value_of(*derived_metric_from("flop_count_sp_add"), values), 3);
  EXPECT_EQ(value_of(*derived_metric_from("flop_count_sp_mul"), values), 5);
  EXPECT_EQ(value_of(*derived_metric_from("flop_count_sp_fma"), values), 100);
  EXPECT_FALSE(value_of(*derived_metric_from("flop_count_hp"), values));
  EXPECT_EQ(derived_metric_from("flop_count"), nullptr);
  EXPECT_EQ(derived_metrics().size(), 12U);
}

}  // namespace
}  // namespace flopwatch::test
