// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/synthetic/analyses.hpp"

#include "unit/synthetic/analysis_builder.hpp"
#include "unit/synthetic/attention_capture.hpp"
#include "unit/synthetic/training_step.hpp"
#include "unit/synthetic/unobserved_program.hpp"

namespace flopwatch::test {
namespace {

using attention_macs::one_product;

constexpr std::int64_t both_products = 2 * one_product;
constexpr std::int64_t softmax_flops = 12LL * 640 * 640 * 4;

work macs(std::int64_t n, std::int64_t other = 0) { return {n, n, other}; }

operator_call_record counted(char const* name, char const* shapes, work total) {
  operator_call_record c;
  c.name = name;
  c.shapes = shapes;
  c.arithmetic = total.macs > 0 ? arithmetic::multiply_add : arithmetic::other;
  c.precision = precision::fp32;
  c.calls = 1;
  c.total = total;
  return c;
}

std::size_t attention(analysis_builder& b, std::size_t parent) {
  auto const attn = b.row(parent, "attn", {"Attention", 1, 2360064, macs(both_products, softmax_flops)});
  b.operators(attn, counted("aten::bmm", "[12,640,64] [12,64,640]", macs(one_product)));
  b.operators(attn, counted("aten::_softmax", "[1,12,640,640]", macs(0, softmax_flops)));
  b.operators(attn, counted("aten::bmm", "[12,640,640] [12,640,64]", macs(one_product)));
  auto const qkv =
      b.row(attn, "qkv", {"Linear", 1, 768 * 2304, macs(attention_macs::qkv), attention_macs::qkv});
  b.operators(qkv, counted("aten::mm", "[640,768] [768,2304]", macs(attention_macs::qkv)));
  b.row(attn, "attn_drop", {"Dropout", 1, 0, {}, 0});
  auto const proj = b.row(
      attn, "proj", {"Linear", 1, 768 * 769, macs(attention_macs::proj, 640 * 768), attention_macs::proj});
  b.operators(proj,
              counted("aten::addmm", "[768] [640,768] [768,768]", macs(attention_macs::proj, 640 * 768)));
  b.row(attn, "proj_drop", {"Dropout", 1, 0, {}, 0});
  return attn;
}

verdict say(verdict_kind kind, std::size_t row, std::int64_t amount, std::string cause, std::string remedy,
            columns between = columns::formula_operator) {
  return {kind, between, amount, row, std::move(cause), std::move(remedy)};
}

}  // namespace

analysis attention_without_rule() {
  analysis_builder b;
  b.row(0, "", {"CustomModule", 1, 2360064});
  auto const attn = attention(b, 0);
  b.explain(say(
      verdict_kind::functional_missed, attn, -both_products,
      "Attention.forward does 2 products itself (aten::bmm), outside its child modules; no rule sees them.",
      "Give Attention a rule of its own (custom_ops) that counts 4*N*C^2 + 2*C*N^2 MACs."));
  return b.finish();
}

analysis attention_rule_on_root() {
  analysis_builder b;
  b.row(0, "", {"CustomModule", 1, 2360064, {}, attention_macs::qkv + attention_macs::proj + both_products});
  attention(b, 0);
  b.explain(say(verdict_kind::children_beside_rule, 0, attention_macs::qkv + attention_macs::proj,
                "The rule on CustomModule is on the root, where thop adds the children (attn.qkv, attn.proj) "
                "to the rule's own count.",
                "Put the rule on Attention, or profile a module that holds CustomModule."));
  return b.finish();
}

analysis measured_transformer() {
  analysis_builder b;
  auto launches = [](std::int64_t n, std::int64_t mac_flops, std::int64_t other, std::int64_t outside = 0) {
    measured_work w{n, 0, mac_flops, other, outside};
    w.by_precision = {{precision::tf32, {mac_flops - 2, 0, 0, 0}}, {precision::fp32, {2, other, outside, 0}}};
    return w;
  };
  b.row(0, "", {"VisionTransformer", 1, 86567656});
  auto const blocks = b.row(0, "blocks", {"ModuleList", 0, 85054464});
  for (int i = 0; i < 5; ++i) {
    auto const block = b.row(blocks, std::to_string(i), {"Block", 1, 7087872, macs(0, 302592)});
    auto const attn = b.row(block, "attn",
                            {"FusedAttention", 1, 2362368, macs(59610624, 1862136), 524427264, false,
                             launches(2, 119221248, 1862136)});
    b.row(attn, "qkv",
          {"Linear", 1, 1771776, macs(348585984, 453888), 348585984, true,
           launches(1, 2 * 348585984LL, 453888)});
    b.row(attn, "proj",
          {"Linear", 1, 590592, macs(116195328, 151296), 116195328, true,
           launches(1, 2 * 125829120LL, 151296, i == 3 ? 1234567 : 0)});
    b.explain(say(verdict_kind::rule_wrong, attn, 524427264 - 524391936,
                  "The rule of FusedAttention gives 524,427,264 MACs where 524,391,936 ran.",
                  "Fix the rule of FusedAttention."));
    b.explain(say(verdict_kind::padding_or_extra_work, attn, 2 * (125829120 - 116195328),
                  "The kernel of proj works on tiles of 128 rows; 197 rows fill them to 256.",
                  "Nothing to fix: rows in multiples of 128 waste nothing.", columns::measured_operator));
    if (i == 3) {
      b.explain(say(verdict_kind::kernel_outside_dispatcher, attn, 1234567,
                    "fused_scale_kernel was launched outside the dispatcher.", "Register it as an operator.",
                    columns::measured_operator));
    }
    b.row(block, "drop_path", {"Identity", 0});
  }
  b.explain(say(verdict_kind::arithmetic_not_seen, 0, -5 * 302592,
                "Work of the blocks' norms runs on units that these counters do not see.", "Nothing to fix.",
                columns::measured_operator));
  auto a = b.finish(true);
  a.tree.formula_parameters = 28348416;
  return a;
}

analysis lossy_with_strange_names() {
  analysis_builder b;
  b.row(0, "", {"Net", 2, 1000});
  auto const evil = b.row(0, "red\x1b[31m\nline",
                          {"Evil\x9b"
                           "7m",
                           2, 600, macs(123456, 789), 123456});
  auto const wide = b.row(0, "注意力機制", {"注意层", 2, 400, macs(4000000)});
  b.row(wide, "a_module_with_a_rather_long_name_that_needs_cutting", {"Bad\xff\xfeUtf8", 0, 0, {}, 0});
  b.row(wide, "never", {"Linear", 0, 400, {}, 0});
  auto const hooked = b.row(0, "unseen", {"Conv2d", 0, 9});
  b.a.capture.modules[hooked].opens_scope = false;
  auto const outside = b.row(0, "", {"", 0, 0, macs(77, 5)});
  b.a.tree.rows[outside].outside = true;
  auto unsupported = counted("my\x1b]0;title\x07::fused_norm", "[2,640,768]", {});
  unsupported.status = operator_status::unsupported;
  unsupported.calls = 24;
  unsupported.note = "no rule for this operator";
  b.operators(evil, unsupported);
  auto partly = counted("ext::block", "[640,768] [768]", {});
  partly.status = operator_status::partly_counted;
  b.operators(evil, partly);
  b.operators(wide, partly);
  b.explain(say(verdict_kind::unsupported_operator, evil, 0, "my\x1b]0;title\x07::fused_norm has no rule.",
                "Register a rule for it."));
  b.explain(say(verdict_kind::no_rule, wide, -4000000, "注意层 has no rule.", "Give it one."));
  b.explain(say(verdict_kind::unexplained, outside, -77, "Nothing explains it.", "Report it."));
  b.a.capture.complete = false;
  b.a.capture.losses = {
      {"calls_folded", severity::note, 3, "Calls were folded; totals are complete."},
      {"capture_incomplete", severity::error, 1,
       "The capture was not closed, so totals may be too low; record again."},
      {"scope_left_open", severity::warning, 1, "A thread was still inside \x1b[2J a module."}};
  return b.finish();
}

analysis nothing_watched() {
  analysis_builder b;
  b.a.tree.has_formula = false;
  b.row(0, "", {"", 0, 0, macs(0, 12)});
  auto const outside = b.row(0, "", {"", 0, 0, macs(512, 64)});
  b.a.tree.rows[outside].outside = true;
  b.a.capture.info = {{info_key::measured, "not collected"}};
  return b.finish();
}

std::vector<named_analysis> all_analyses() {
  return {{"attention_without_rule", attention_without_rule()},
          {"attention_rule_on_root", attention_rule_on_root()},
          {"measured_transformer", measured_transformer()},
          {"lossy_with_strange_names", lossy_with_strange_names()},
          {"fused_encoder_layer", fused_encoder_layer()},
          {"training_step", analyse(training_step())},
          {"nothing_watched", nothing_watched()},
          {"unobserved_program", analyse(unobserved_program())},
          {"unobserved_measured_program", analyse(unobserved_measured_program())}};
}

}  // namespace flopwatch::test
