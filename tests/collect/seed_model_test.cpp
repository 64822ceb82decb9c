// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// From launches to the report.
#include "collect/seed_model.hpp"

#include <gmock/gmock.h>

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

TEST_F(seed_model, three_columns_agree_but_for_what_the_formula_misses) {
  program gpu;
  flopwatch::session s{{.device = "cuda:0"}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] { forward(gpu); });
  auto const& a = r.analysis();
  EXPECT_EQ(a.tree.formula_macs, qkv_macs + proj_macs);
  EXPECT_EQ(a.tree.operator_total.macs, all_macs);
  EXPECT_EQ(a.tree.measured_total.multiply_add_flops, 2 * all_macs + 640 * 768);
  EXPECT_THAT(measured_verdicts(r), ElementsAre(HasSubstr("agrees")));
  ASSERT_EQ(a.capture.losses.size(), 1U);
  EXPECT_EQ(a.capture.losses[0].kind, "formats_left_out");
  auto const text = r.report({.width = 120});
  EXPECT_THAT(text, HasSubstr("SYNTHETIC"));
  EXPECT_THAT(text, HasSubstr("functional work missed"));
  EXPECT_THAT(text, HasSubstr("2.139"));
  EXPECT_THAT(text, HasSubstr("sgemm_scores  aten::bmm    (root)         2  1,258,291,200"));
  EXPECT_THAT(text, testing::Not(HasSubstr("Kernels outside the dispatcher")));
  EXPECT_THAT(text, HasSubstr("with CUPTI 13"));
  EXPECT_EQ(a.capture.info.at(flopwatch::info_key::replay_mode), "iteration");
  RecordProperty("report", text);
}

TEST_F(seed_model, padding_names_its_kernel) {
  program gpu;
  flopwatch::session s{{.device = "cuda:0"}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] { forward(gpu, "padded_scores"); });
  auto const extra = 2 * 2 * (scores_macs / 64 * 16);
  EXPECT_THAT(measured_verdicts(r), testing::Contains("padding_or_extra_work " + std::to_string(extra)));
  EXPECT_THAT(r.report({.width = 120}), HasSubstr("padded_scores"));
}

TEST_F(seed_model, a_kernel_outside_every_operator_is_listed_in_its_module) {
  program gpu;
  flopwatch::session s{{.device = "cuda:0"}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] {
    forward(gpu);
    module_call_of(attention, {{1}}, {{1}}, [&] { gpu.launch("my_kernel"); });
  });
  EXPECT_THAT(measured_verdicts(r), testing::Contains("kernel_outside_dispatcher 1000"));
  EXPECT_EQ(r.analysis().tree.measured_total.outside_flops, 1000);
  auto const text = r.report({.width = 120});
  EXPECT_THAT(text.substr(text.find("Kernels outside the dispatcher")),
              HasSubstr("my_kernel  (root)         1  1,000"));
}

TEST_F(seed_model, without_tensor_metrics_a_half_precision_product_shows_no_number) {
  program gpu;
  flopwatch::session s{{.device = "cuda:0", .metrics = "cuda-core"}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] { half_precision_forward(gpu); });
  auto const& rows = r.analysis().differences.rows;
  EXPECT_EQ(rows[0].measured_flops, std::nullopt);
  EXPECT_EQ(rows[1].measured_flops, std::nullopt);
  EXPECT_TRUE(rows[2].measured_flops.has_value());
  EXPECT_THAT(r.report({.width = 120}), HasSubstr("tensor cores not collected"));
}

}  // namespace
