// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/synthetic/attention_capture.hpp"

#include <utility>

#include "capture/writer.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {

capture_data attention_capture() {
  namespace macs = attention_macs;
  capture_builder c;
  c.data.info = info_without_gpu();
  auto const add = [&](std::int64_t parent, char const* name, char const* type, rule_origin rule,
                       std::int64_t parameters) {
    auto const id = c.placed_module(parent, name, type, rule);
    c.module_at(id).parameters = parameters;
    return id;
  };
  auto const root = add(0, "", "CustomModule", rule_origin::none, 2360064);
  auto const attn = add(root, "attn", "Attention", rule_origin::none, 2360064);
  auto const qkv = add(attn, "qkv", "Linear", rule_origin::thop, 1769472);
  auto const proj = add(attn, "proj", "Linear", rule_origin::thop, 590592);
  c.product(qkv, "aten::mm", "[640,768] [768,2304]", macs::qkv);
  c.product(attn, "aten::bmm", "[12,640,64] [12,64,640]", macs::one_product);
  c.product(attn, "aten::bmm", "[12,640,640] [12,640,64]", macs::one_product);
  c.product(proj, "aten::addmm", "[768] [640,768] [768,768]", macs::proj);
  c.formula(qkv, qkv, macs::qkv);
  c.formula(proj, proj, macs::proj);
  c.data.formula_calls[0].shapes = "[1,640,768] -> [1,640,2304]";
  c.data.formula_calls[1].shapes = "[1,640,768] -> [1,640,768]";
  return std::move(c.data);
}

void write_capture(std::filesystem::path const& path, capture_data const& c, bool loss) {
  capture_writer w(path);
  for (auto const& [key, value] : c.info) w.set_info(key, value);
  for (auto const& r : c.modules) w.add(r);
  for (auto const& r : c.module_paths) w.add(r);
  for (auto const& r : c.scopes) w.add(r);
  for (auto const& r : c.operator_calls) w.add(r);
  for (auto const& r : c.formula_calls) w.add(r);
  if (loss) w.add(data_loss_record{"rule_failed", severity::error, 1, "A made-up loss; fix the rule."});
  w.close();
}

}  // namespace flopwatch::test
