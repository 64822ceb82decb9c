// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/host.hpp"

#include <gmock/gmock.h>

#include "flopwatch/error.hpp"

namespace flopwatch::cupti {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::string const ffma = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";

template <class F>
std::string error_of(F const& f) {
  try {
    f();
  } catch (error const& e) {
    return e.what();
  }
  return "";
}

TEST(host, lists_metrics_by_kind) {
  host const gh100("GH100");
  auto const counters = gh100.base_metrics(metric_kind::counter);
  EXPECT_GT(counters.size(), 3000U);
  EXPECT_GT(gh100.base_metrics(metric_kind::ratio).size(), 100U);
  EXPECT_GT(gh100.base_metrics(metric_kind::throughput).size(), 20U);
  EXPECT_THAT(counters, Contains("sm__ops_path_tensor_src_fp16"));
  EXPECT_THAT(gh100.sub_metrics("sm__inst_executed", metric_kind::counter), Contains(".sum"));
}

TEST(host, knows_the_properties_of_a_metric) {
  host const gh100("GH100");
  auto const known = gh100.properties(ffma);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->unit, "instruction");
  EXPECT_EQ(known->hardware_unit, "sm");
  EXPECT_EQ(known->kind, metric_kind::counter);
  EXPECT_THAT(known->description, HasSubstr("FFMA"));
  EXPECT_FALSE(gh100.properties("sm__nothing.sum"));
}

TEST(host, refuses_an_unknown_metric_before_cupti_is_spoilt) {
  host gh100("GH100");
  for (auto const* name : {"sm__nothing.sum", "sm__inst_executed", ""}) {
    std::vector<std::string> const metrics{ffma, name};
    EXPECT_THROW(gh100.add_metrics(metrics), usage_error) << name;
  }
  std::vector<std::string> const metrics{ffma};
  gh100.add_metrics(metrics);
  EXPECT_EQ(passes_of(gh100.config_image()), 1);
}

TEST(host, adds_up_metrics_and_moves) {
  host first("GA100");
  std::vector<std::string> const patched{ffma};
  std::vector<std::string> const hardware{"sm__inst_executed.sum"};
  first.add_metrics(patched);
  auto const one = first.config_image();
  host second(std::move(first));
  second.add_metrics(hardware);
  EXPECT_EQ(passes_of(second.config_image()), 2);
  host third("GA100");
  third = std::move(second);
  EXPECT_EQ(third.chip(), "GA100");
  EXPECT_EQ(passes_of(third.config_image()), 2);
  EXPECT_EQ(passes_of(one), 1);
}

TEST(host, says_which_chips_there_are) {
  auto const words = error_of([] { host const none("GH1OO"); });
  EXPECT_THAT(words, HasSubstr("GH1OO"));
  EXPECT_THAT(words, HasSubstr("GH100"));
}

TEST(host, throws_what_cupti_refuses) {
  host const gh100("GH100");
  std::vector<std::uint8_t> const nothing(64);
  std::vector<std::string> const metrics{ffma};
  EXPECT_THROW(static_cast<void>(gh100.evaluate(nothing, 0, metrics)), cupti_error);
  EXPECT_THROW(static_cast<void>(gh100.config_image()), cupti_error);
}

}  // namespace
}  // namespace flopwatch::cupti
