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
