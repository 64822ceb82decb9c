// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gmock/gmock.h>

#include "unit/audit/synthetic_decoder.hpp"

namespace flopwatch::test {
namespace {

using causes = std::map<std::string, std::int64_t>;

constexpr std::int64_t norms = 6 * 2 * 8 * 6;
constexpr std::int64_t table = 6 * 80 * 6;
constexpr std::int64_t attention_forward = 2 * 2 * 2 * 9 * 8;  // of one layer

audited_claim claim_of(analysis const& a, std::string const& name) {
  auto const r = audit(a, model_of(a), claiming({name}));
  auto const& claim = r.claims.front();
  audit_flops sum = 0;
  for (auto const& c : claim.causes) sum += c.flops;
  EXPECT_TRUE(sum == claim.difference) << name;
  EXPECT_TRUE(claim.difference == claim.flops - r.ran_flops) << name;
  return claim;
}

TEST(audit_model, is_read_from_a_capture) {
  auto const m = model_of(decoder());
  EXPECT_EQ(m.tokens, 6);
  EXPECT_EQ(m.layers, 2);
  EXPECT_EQ(m.heads, 2);
  EXPECT_EQ(m.head_size, 4);
  EXPECT_EQ(m.sequence_length, 3);
  ASSERT_EQ(m.parameters.size(), 8U);
  EXPECT_EQ(m.parameters.front().role, parameter_role::lookup);
  EXPECT_EQ(m.parameters.back().shared_with, "table.weight");
  EXPECT_TRUE(model_of(decoder({.tied = false})).parameters.back().shared_with.empty());
}

TEST(audit_causes, attention_and_norms_of_6n) {
  EXPECT_EQ(by_cause(claim_of(decoder(), "6N")),
            (causes{{"attention_left_out", -7 * attention_forward}, {"parameters_without_product", norms}}));
}

TEST(audit_causes, an_embedding_is_counted_unless_the_head_has_its_table) {
  EXPECT_EQ(by_cause(claim_of(decoder({.tied = false}), "6N")).at("embedding_counted"), table);
  EXPECT_EQ(by_cause(claim_of(decoder(), "6N-no-embedding")).at("head_left_out"), -table);
  EXPECT_EQ(by_cause(claim_of(decoder({.tied = false}), "6N-no-embedding")).count("head_left_out"), 0U);
  EXPECT_EQ(by_cause(claim_of(decoder(), "6N-every-place")).at("shared_counted_twice"), table);
}

TEST(audit_causes, palm_has_attention_and_not_the_scores_of_a_fused_backward_pass) {
  EXPECT_EQ(by_cause(claim_of(decoder(), "palm")),
            (causes{{"scores_computed_again", -attention_forward}, {"parameters_without_product", norms}}));
  EXPECT_EQ(by_cause(claim_of(decoder(), "palm-causal")).at("causal_counted_half"), -3 * attention_forward);
}

TEST(audit_causes, recomputation_that_did_not_run) {
  auto const found = by_cause(claim_of(decoder(), "hfu"));
  auto const forward = 2 * 6 * (2 * (64 + 96) + 80) + 2 * attention_forward;
  EXPECT_EQ(found.at("recompute"), forward);
}

TEST(audit_causes, recomputation_that_a_formula_leaves_out) {
  decoder_builder b({});
  auto const again = b.builder().product(7, "aten::mm", 384);
  b.builder().call_at(again).phase = phase::recompute;
  EXPECT_EQ(by_cause(claim_of(b.made(), "palm")).at("recompute"), -768);
}

TEST(audit_causes, a_forward_pass_alone) {
  auto const a = decoder({.backward = false});
  EXPECT_EQ(by_cause(claim_of(a, "2N")).count("backward"), 0U);
  EXPECT_EQ(by_cause(claim_of(a, "6N")).at("backward"), 4 * 6 * (2 * (64 + 96) + 80));
  EXPECT_EQ(by_cause(claim_of(decoder(), "2N")).at("backward"), -4 * 6 * (2 * (64 + 96) + 80));
}

TEST(audit_causes, attention_that_a_layer_does_not_have) {
  auto m = model_of(decoder());
  m.layers = 3;
  auto const r = audit(decoder(), m, claiming({"palm"}));
  EXPECT_EQ(by_cause(r.claims.front()).at("attention_not_run"), 3 * attention_forward);
}

TEST(audit_causes, attention_of_another_width_and_length) {
  auto m = model_of(decoder());
  m.head_size = 8;
  EXPECT_EQ(by_cause(audit(decoder(), m, claiming({"palm"})).claims.front()).at("attention_width"),
            2 * 3 * attention_forward);
  m.head_size = 4;
  m.sequence_length = 4;
  EXPECT_EQ(by_cause(audit(decoder(), m, claiming({"palm"})).claims.front()).at("attention_length"),
            2 * attention_forward);
}

TEST(audit_causes, tokens_that_differ_and_what_no_cause_explains) {
  auto m = model_of(decoder());
  m.tokens = 5;
  EXPECT_EQ(by_cause(audit(decoder(), m, claiming({"6N"})).claims.front()).at("tokens_differ"),
            -6 * (2 * (64 + 96) + 80));
  decoder_builder b({});
  b.builder().call_at(1).total.macs += 7;  // no whole number of tokens
  auto const r = audit(b.made(), model_of(decoder()), claiming({"6N"}));
  EXPECT_EQ(by_cause(r.claims.front()).at("unexplained"), -7 * 6 + 7 * 4);
  EXPECT_EQ(r.row_names[r.claims.front().causes.back().row], "layers.0.attention.projection");
}

/// Sequential(embedding, encoder, head): the parts of the model are numbered, and so are its layers.
TEST(audit_causes, layers_inside_of_a_numbered_part_are_found) {
  decoder_builder b({});
  std::map<std::string, std::string> const names{{"table", "0"}, {"layers", "1"}, {"head", "2"}};
  auto const renamed = [&](std::string const& path) {
    auto const end = std::min(path.find('.'), path.size());
    auto const found = names.find(path.substr(0, end));
    return found == names.end() ? path : found->second + path.substr(end);
  };
  for (auto& scope : b.builder().data.scopes) scope.path = renamed(scope.path);
  for (auto& path : b.builder().data.module_paths) path.path = renamed(path.path);
  auto m = model_of(decoder());
  for (auto& p : m.parameters) {
    p.module = renamed(p.module);
    if (!p.shared_with.empty()) p.shared_with = renamed(p.shared_with);
  }
  EXPECT_EQ(by_cause(audit(b.made(), m, claiming({"palm"})).claims.front()),
            (causes{{"scores_computed_again", -attention_forward}, {"parameters_without_product", norms}}));
}

TEST(audit_causes, a_layer_that_runs_twice) {
  decoder_builder b({});
  b.builder().call_at(1).total.macs *= 2;
  b.builder().call_at(2).total.macs *= 2;
  EXPECT_EQ(by_cause(claim_of(b.made(), "6N")).at("tokens_differ"), -6 * 64 * 6);
  auto& data = b.builder().data;
  std::find_if(data.scopes.begin(), data.scopes.end(), [](auto const& s) {
    return s.path == "layers.0.attention.projection";
  })->entries = 2;
  auto const found = by_cause(claim_of(b.made(), "6N"));
  EXPECT_EQ(found.at("shared_layer_counted_once"), -6 * 64 * 6);
  EXPECT_EQ(found.count("tokens_differ"), 0U);
}

TEST(audit_causes, tokens_of_one_step_for_a_capture_of_three) {
  decoder_builder b({});
  for (auto& call : b.builder().data.operator_calls) {
    call.total.macs *= 3;
    call.calls *= 3;
  }
  for (auto& scope : b.builder().data.scopes) scope.entries *= 3;
  auto m = model_of(decoder());
  auto const found = by_cause(audit(b.made(), m, claiming({"palm"})).claims.front());
  auto const weights = 6 * 6 * (2 * (64 + 96) + 80);
  EXPECT_EQ(found.at("tokens_differ"), -2 * (weights + 6 * attention_forward));
  EXPECT_EQ(found.count("shared_layer_counted_once"), 0U);
  EXPECT_EQ(found.count("attention_length"), 0U);
}

TEST(audit_causes, attention_that_its_shapes_do_not_explain) {
  decoder_builder b({});
  for (auto& call : b.builder().data.operator_calls) {
    if (call.name == "aten::scaled_dot_product_attention") call.total.macs += 3;
  }
  auto m = model_of(decoder());
  auto const found = by_cause(audit(b.made(), m, claiming({"palm"})).claims.front());
  EXPECT_EQ(found.count("attention_length"), 0U);
  EXPECT_TRUE(found.contains("unexplained"));
}

TEST(audit_causes, work_without_a_rule_is_not_said_to_be_missing) {
  decoder_builder b({});
  auto& data = b.builder().data;
  std::erase_if(data.operator_calls, [](auto const& c) { return c.name.find("scaled_dot") != c.name.npos; });
  for (std::size_t i = 0; i < data.operator_calls.size(); ++i) {
    data.operator_calls[i].id = static_cast<std::int64_t>(i) + 1;
  }
  auto const attention = std::find_if(data.scopes.begin(), data.scopes.end(), [](auto const& s) {
                           return s.path == "layers.1.attention";
                         })->id;
  b.builder().unsupported(attention, "mine::attention");
  auto m = model_of(decoder());
  auto const r = audit(b.made(), m, claiming({"palm"}));
  EXPECT_FALSE(r.exact);
  std::map<std::string, std::string> kinds;
  for (auto const& c : r.claims.front().causes) {
    if (c.kind == audit_cause_kind::attention_not_run || c.kind == audit_cause_kind::not_counted) {
      kinds[r.row_names[c.row]] += to_string(c.kind);
    }
  }
  EXPECT_EQ(kinds.at("layers.0"), "attention_not_run");
  EXPECT_EQ(kinds.at("layers.1"), "not_counted");
}

TEST(audit_causes, products_without_parameters) {
  decoder_builder b({});
  b.builder().product(4, "aten::bmm", "[2,3,3] [2,3,8]", 144);
  EXPECT_EQ(by_cause(claim_of(b.made(), "palm")).at("products_left_out"), -288);
}

}  // namespace
}  // namespace flopwatch::test
