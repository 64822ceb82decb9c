// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "text/printable.hpp"
#include "unit/audit/synthetic_decoder.hpp"
#include "unit/report/golden_file.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

audit_report timed(double seconds, peak const& p, std::string const& format = "bf16", double chips = 1) {
  auto const a = decoder({.layers = 3, .scale = 1000});
  auto options = claiming({"6N", "palm", "hfu", "paper=60M"}, 6000);
  options.time = {seconds, p, format, chips};
  return audit(a, model_of(a), options);
}

TEST(audit_output, golden_files) {
  auto const r = timed(1e-6, peak::of_chip("H200"));
  for (int const width : {80, 200})
    check_golden("audit-" + std::to_string(width) + ".txt", audit_text(r, {.width = width}));
  check_golden("audit.json", audit_json(r));
  check_golden("audit-markdown.txt", audit_markdown(r, {.all = true}));
}

TEST(audit_output, fits_its_width) {
  auto const text = audit_text(timed(1e-6, peak::of_chip("H200")), {.width = 60, .all = true});
  std::size_t begin = 0;
  while (begin < text.size()) {
    auto const end = text.find('\n', begin);
    EXPECT_LE(text::display_width(text.substr(begin, end - begin)), 60) << text.substr(begin, end - begin);
    begin = end + 1;
  }
}

TEST(audit_output, names_of_modules_are_escaped) {
  decoder_builder b({});
  b.builder().data.module_paths[1].path = b.builder().data.scopes[1].path = "ta|b\x1b[31m`le";
  auto const a = b.made();
  auto const r = audit(a, model_of(a), claiming({"6N-every-place"}));
  EXPECT_THAT(audit_text(r), HasSubstr("ta|b\\x1b[31m`le"));
  EXPECT_THAT(audit_markdown(r), HasSubstr("ta\\|b\\\\x1b\\[31m\\`le"));
}

TEST(audit_output, json_has_amounts_that_add_up) {
  auto const document = nlohmann::json::parse(audit_json(timed(1e-6, peak::of_chip("H200"))));
  ASSERT_THAT(document["claims"], SizeIs(4));
  for (auto const& claim : document["claims"]) {
    std::int64_t sum = 0;
    for (auto const& cause : claim["causes"]) sum += cause["flops"].get<std::int64_t>();
    EXPECT_EQ(sum, claim["difference_flops"].get<std::int64_t>());
  }
}

TEST(utilization, is_the_claim_by_time_and_peak) {
  auto const r = timed(2, peak::of_all(1e6), "", 16);
  EXPECT_EQ(r.format, "fp32");
  EXPECT_DOUBLE_EQ(*r.ran_utilization, static_cast<double>(r.ran_flops) / (2 * 16e6));
  EXPECT_DOUBLE_EQ(*r.claims[0].utilization, static_cast<double>(r.claims[0].flops) / (2 * 16e6));
}

TEST(utilization, of_several_formats_holds_each_against_its_own_peak) {
  decoder_builder b({});
  auto& calls = b.builder().data.operator_calls;
  for (std::size_t i = 0; i < calls.size(); i += 2) calls[i].precision = precision::bf16;
  double in_bf16 = 0;
  double in_fp32 = 0;
  for (auto const& c : calls)
    (c.precision == precision::bf16 ? in_bf16 : in_fp32) += static_cast<double>(2 * c.total.macs);
  auto const a = b.made();
  auto options = claiming({"6N"});
  options.time = {2.0, peak::of_formats({{"bf16", 8e6}, {"fp32", 1e6}}), "", 3};
  auto const r = audit(a, model_of(a), options);
  EXPECT_DOUBLE_EQ(*r.ran_utilization, (in_bf16 / 8e6 + in_fp32 / 1e6) / (2 * 3));
  EXPECT_EQ(r.formats.size(), 2U);
  EXPECT_EQ(static_cast<double>(r.formats.at("bf16")), in_bf16);
  EXPECT_THAT(audit_text(r), HasSubstr("fp32 "));
  options.time.peak = peak::of_formats({{"fp32", 1e6}});
  EXPECT_THAT(refusal_of_audit(a, options), HasSubstr("no peak of bf16"));
  options.time.format = "fp32";
  EXPECT_DOUBLE_EQ(*audit(a, model_of(a), options).ran_utilization, (in_bf16 + in_fp32) / (2 * 3 * 1e6));
}

TEST(utilization, takes_tf32_from_the_settings_of_the_run) {
  decoder_builder b({});
  b.builder().data.info[info_key::tf32] = "convolutions, products";
  auto options = claiming({"6N"});
  options.time = {1e-6, peak::of_chip("H100 SXM"), "", 1};
  auto const r = audit(b.made(), model_of(b.made()), options);
  EXPECT_EQ(r.format, "tf32");
  EXPECT_THAT(r.suspicious, IsEmpty());
  b.builder().data.info[info_key::tf32] = "none";
  auto const none = audit(b.made(), model_of(b.made()), options);
  EXPECT_EQ(none.format, "fp32");
  EXPECT_THAT(none.suspicious, IsEmpty());
  b.builder().data.info.erase(info_key::tf32);
  auto const unknown = audit(b.made(), model_of(b.made()), options);
  EXPECT_THAT(unknown.suspicious, ElementsAre(HasSubstr("give --format tf32")));
  options.time.format = "fp32";
  EXPECT_THAT(audit(b.made(), model_of(b.made()), options).suspicious, IsEmpty());
}

TEST(audit_output, says_where_masks_are_tensors) {
  decoder_builder b({});
  EXPECT_EQ(audit(b.made(), model_of(b.made()), {}).tensor_masks, 0);
  auto& calls = b.builder().data.operator_calls;
  for (auto& c : calls) {
    if (c.name == "aten::scaled_dot_product_attention") c.shapes += " [2,1,3,3]";
    c.calls = 4;
  }
  auto const r = audit(b.made(), model_of(b.made()), {});
  EXPECT_EQ(r.tensor_masks, 8);
  EXPECT_THAT(audit_text(r), HasSubstr("masks given as tensors leave unused: 8 calls"));
  EXPECT_THAT(text_report(b.made()), HasSubstr("masks given as tensors leave unused: 8 calls"));
  for (auto& c : calls) {
    if (c.name == "aten::scaled_dot_product_attention") c.name = "aten::_flash_attention_forward";
  }
  EXPECT_EQ(audit(b.made(), model_of(b.made()), {}).tensor_masks, 0);
}

TEST(utilization, says_of_how_many_calls_the_time_must_be) {
  decoder_builder b({});
  for (auto& scope : b.builder().data.scopes) scope.entries = 3;
  auto options = claiming({"6N"});
  options.time = {2.0, peak::of_all(1e6), "", 1};
  EXPECT_THAT(audit_text(audit(b.made(), model_of(b.made()), options)),
              HasSubstr("for 3 calls of the model"));
}

TEST(utilization, of_more_than_all_is_an_error_with_its_likely_cause) {
  auto const fast = timed(1e-10, peak::of_chip("H200"));
  EXPECT_THAT(fast.impossible, SizeIs(1));
  EXPECT_THAT(fast.impossible.front(), HasSubstr("the time is of something else"));
  EXPECT_EQ(audit_exit_code(fast), exit_code::check_failed);
  auto const ran = static_cast<double>(fast.ran_flops);
  auto const slow_chip = timed(ran / 500e12, peak::of_chip("A100"));
  EXPECT_THAT(slow_chip.impossible.front(), AllOf(HasSubstr("another chip"), HasSubstr("H200")));
  auto const half = timed(ran / 800e12, peak::of_all(989e12 / 2));
  EXPECT_THAT(half.impossible.front(), AllOf(HasSubstr("half of the dense one"), HasSubstr("H200")));
  auto const claim = timed(ran / 900e12, peak::of_chip("H200"));
  EXPECT_LT(*claim.ran_utilization, 1);
  EXPECT_THAT(claim.impossible.front(), AllOf(HasSubstr("hfu would be"), HasSubstr("recompute")));
  EXPECT_THAT(audit_text(claim), HasSubstr("! IMPOSSIBLE: hfu"));
}

TEST(utilization, a_sparse_peak_is_suspicious) {
  auto const sparse = timed(1, peak::of_all(989e12 * 2));
  EXPECT_THAT(sparse.impossible, IsEmpty());
  ASSERT_THAT(sparse.suspicious, SizeIs(1));
  EXPECT_THAT(sparse.suspicious.front(), HasSubstr("with sparsity"));
  EXPECT_EQ(audit_exit_code(sparse), exit_code::good);
  EXPECT_THAT(timed(1, peak::of_chip("H200")).suspicious, IsEmpty());
}

}  // namespace
}  // namespace flopwatch::test
