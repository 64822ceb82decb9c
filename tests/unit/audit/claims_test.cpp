// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <random>

#include <gmock/gmock.h>

#include "flopwatch/checked.hpp"
#include "unit/audit/synthetic_decoder.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal_of_claim(std::string const& text) {
  try {
    static_cast<void>(parse_claim(text, 0));
  } catch (usage_error const& e) {
    return e.what();
  }
  return "";
}

TEST(parse_claim, reads_prefixes_macs_and_tokens) {
  EXPECT_FALSE(parse_claim("6N", 5).stated);
  EXPECT_TRUE(parse_claim("paper=4.1G", 5).stated == 4'100'000'000);
  EXPECT_TRUE(parse_claim("paper=4.1G", 5).rounding == 50'000'000);
  EXPECT_TRUE(parse_claim("paper=2.05 GMACs", 5).stated == 4'100'000'000);
  EXPECT_TRUE(parse_claim("paper=7KFLOPs/token", 5).stated == 35'000);
  EXPECT_TRUE(parse_claim("exact=1,234", 5).stated == 1234);
  EXPECT_TRUE(parse_claim("exact=1234", 5).rounding == 0);
  EXPECT_TRUE(*parse_claim("huge=1.5Y", 5).stated / 1'000'000'000'000'000'000 == 1'500'000);
}

TEST(parse_claim, refuses_what_is_no_number) {
  for (auto const* text : {"x=", "x=many", "x=-3", "x=1.5", "x=1.2.3G", "x=G"})
    EXPECT_THAT(refusal_of_claim(text), HasSubstr("no number to audit")) << text;
  EXPECT_THAT(refusal_of_claim("=3"), HasSubstr("no name"));
  EXPECT_THAT(refusal_of_claim("x=3/token"), HasSubstr("--tokens"));
  EXPECT_THROW(static_cast<void>(parse_claim("x=" + std::string(40, '9'), 0)), overflow_error);
}

TEST(audit, refuses_what_it_cannot_work_out) {
  EXPECT_THAT(refusal_of_audit(decoder(), claiming({"6M"})), HasSubstr("the nearest is '6N'"));
  EXPECT_THAT(refusal_of_audit(decoder(), claiming({"chinchilla"})), HasSubstr("--hidden-size"));
  auto timed = claiming({"6N"});
  timed.time.seconds = 1;
  EXPECT_THAT(refusal_of_audit(decoder(), timed), HasSubstr("--peak"));
  timed.time.peak = peak::of_formats({{"bf16", 1e12}});
  EXPECT_THAT(refusal_of_audit(decoder(), timed), HasSubstr("no peak of fp32"));
  timed.time.seconds = 0;
  EXPECT_THAT(refusal_of_audit(decoder(), timed), HasSubstr("above 0"));
}

TEST(audit, finds_what_a_stated_number_counts) {
  auto const a = decoder();
  auto const ran = audit(a, model_of(a), {}).ran_flops;
  auto const of = [&](std::string const& text) {
    return audit(a, model_of(a), claiming({text})).claims.front();
  };
  EXPECT_EQ(of("x=" + std::to_string(static_cast<std::int64_t>(ran))).read_as, "what ran");
  auto const half = of("x=" + std::to_string(static_cast<std::int64_t>(ran / 2)));
  EXPECT_EQ(half.read_as, "what ran, in MACs");
  EXPECT_EQ(by_cause(half),
            (std::map<std::string, std::int64_t>{{"macs_for_flops", -static_cast<std::int64_t>(ran / 2)}}));
  auto const six_n = 6 * 6 * (2 * 168 + 80);
  EXPECT_EQ(of("x=" + std::to_string(six_n)).read_as, "6N");
  auto const rounded = of("x=15.0K");
  EXPECT_EQ(rounded.read_as, "6N");
  EXPECT_EQ(by_cause(rounded).at("rounding"), 15000 - six_n);
  auto const near = of("x=" + std::to_string(six_n + 1));
  EXPECT_EQ(by_cause(near).at("unexplained"), 1);
  auto const far = of("x=1T");
  EXPECT_EQ(far.read_as, "");
  EXPECT_EQ(by_cause(far).at("unexplained"), 1'000'000'000'000 - static_cast<std::int64_t>(ran));
}

TEST(audit, explains_a_number_for_each_module) {
  claim_request request;
  request.name = "mine";
  request.by_module = {{"layers.0.feed_forward", 6 * 96 * 6},  // all of it
                       {"head", 2 * 80 * 6},                   // forward
                       {"layers.1.feed_forward", 96 * 6},      // MACs of the forward pass
                       {"layers.0.attention", 13},
                       {"gone", 5}};
  auto const a = decoder();
  auto m = model_of(a);
  m.parameters.push_back({"gone", "weight", 0});
  auto const r = audit(a, m, {.claims = {request}});
  auto const found = by_cause(r.claims.front());
  EXPECT_EQ(found.at("backward"), -4 * 80 * 6 - 4 * 96 * 6);
  EXPECT_EQ(found.at("macs_for_flops"), -96 * 6);
  EXPECT_EQ(found.at("module_not_run"), 5);
  EXPECT_EQ(found.at("unexplained"), 13 - 6 * 64 * 6 - 7 * 2 * 144);
  EXPECT_EQ(found.at("weights_left_out"), -6 * 64 * 6);
}

TEST(audit, refuses_a_number_for_a_module_that_there_is_not) {
  claim_request request;
  request.name = "mine";
  request.by_module = {{"layers.0.feed_forwrd", 6}};
  EXPECT_THAT(
      refusal_of_audit(decoder(), {.claims = {request}}),
      AllOf(HasSubstr("no module has that path"), HasSubstr("the nearest is 'layers.0.feed_forward'")));
}

/// With odd amounts of FLOPs for single modules: active shares are rounded.
TEST(audit, numbers_in_macs_add_up_whatever_the_modules_have) {
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    auto const a = decoder({.layers = 3, .backward = i % 2 == 0});
    auto m = model_of(a);
    std::uniform_int_distribution<std::int64_t> experts(3, 61);
    m.experts = experts(random);
    m.active_experts = std::uniform_int_distribution<std::int64_t>(1, m.experts - 1)(random);
    for (auto& p : m.parameters) p.expert = p.elements == 96;
    for (auto const& convention : {"6N-active", "palm-active", "2N-active", "6N", "palm-causal"}) {
      auto const flops = audit(a, m, claiming({convention})).claims.front().flops;
      auto const macs = std::to_string(static_cast<std::int64_t>(flops / 2));
      auto const claim = audit(a, m, claiming({"mine=" + macs})).claims.front();
      audit_flops sum = 0;
      for (auto const& c : claim.causes) sum += c.flops;
      EXPECT_TRUE(sum == claim.difference) << convention;
    }
  }
}

TEST(audit, holds_claims_that_do_not_fit_64_bits) {
  auto m = model_of(decoder());
  m.parameters.front().shared_with = "";
  for (auto& p : m.parameters) p.elements = p.elements == 80 ? 4'000'000'000'000'000'000 : p.elements;
  auto const r = audit(decoder(), m, claiming({"6N-every-place"}));
  audit_flops sum = 0;
  for (auto const& c : r.claims.front().causes) sum += c.flops;
  EXPECT_TRUE(sum == r.claims.front().difference);
  EXPECT_THAT(audit_json(r), HasSubstr("\"flops\": \"2880000000000000"));
}

TEST(audit, reads_a_model_that_python_wrote) {
  audit_model m;
  m.tokens = 3;
  read_audit_model(
      R"({"layers": 4, "parameters": [{"module": "a", "name": "w", "elements": 6, "role": "product",
                       "trainable": false, "expert": true, "shared_with": "b.w"}]})",
      m);
  EXPECT_EQ(m.tokens, 3);
  EXPECT_EQ(m.layers, 4);
  EXPECT_TRUE(m.parameters_known);
  EXPECT_EQ(m.parameters.front(),
            (audit_parameter{"a", "w", 6, parameter_role::product, false, true, "b.w"}));
  for (auto const* text : {"", "[]", R"({"layers": -1})", R"({"layers": "two"})", R"({"parameters": [{}]})",
                           R"({"parameters": [{"module": "a", "name": "w", "elements": 1, "role": "x"}]})"})
    EXPECT_THROW(read_audit_model(text, m), usage_error) << text;
}

}  // namespace
}  // namespace flopwatch::test
