// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "synthetic_capture.hpp"

namespace flopwatch::synthetic {
namespace {

constexpr std::int64_t qkv_macs = 640LL * 768 * 2304;
constexpr std::int64_t proj_macs = 640LL * 768 * 768;
constexpr std::int64_t one_product_macs = 640LL * 640 * 768;

void add_module(capture_data& c, std::int64_t id, std::int64_t parent, std::string const& name,
                std::string const& path, std::string const& type, rule_origin rule, std::int64_t parameters) {
  c.modules.push_back({id, type, rule == rule_origin::thop, false, true, rule,
                       rule == rule_origin::none ? "" : type, parameters});
  c.module_paths.push_back({id, parent, name, path, id});
  c.scopes.push_back({id, parent, path, type, id, 1, phase::forward, 1});
}

void add_products(capture_data& c, std::int64_t scope, char const* name, char const* shapes,
                  std::int64_t macs) {
  operator_call_record r;
  r.id = static_cast<std::int64_t>(c.operator_calls.size()) + 1;
  r.scope = scope;
  r.name = name;
  r.shapes = shapes;
  r.arithmetic = arithmetic::multiply_add;
  r.precision = precision::fp32;
  r.calls = 1;
  r.total = {macs, macs, 0};
  c.operator_calls.push_back(r);
}

}  // namespace

capture_data attention_capture() {
  capture_data c;
  c.info = {{info_key::created_utc, "2026-01-31T12:00:00Z"},
            {info_key::program, "flopwatch 0.1.0"},
            {info_key::framework, "LibTorch 2.11.0"},
            {info_key::formula, "thop 0.1.1 rules"},
            {info_key::device, "none"},
            {info_key::measured, "not collected"},
            {info_key::measured_reason, "this machine has no NVIDIA driver"},
            {info_key::synthetic, "yes"}};
  add_module(c, 1, 0, "", "", "CustomModule", rule_origin::none, 2360064);
  add_module(c, 2, 1, "attn", "attn", "Attention", rule_origin::none, 2360064);
  add_module(c, 3, 2, "qkv", "attn.qkv", "Linear", rule_origin::thop, 1769472);
  add_module(c, 4, 2, "proj", "attn.proj", "Linear", rule_origin::thop, 590592);
  add_products(c, 3, "aten::mm", "[640,768] [768,2304]", qkv_macs);
  add_products(c, 2, "aten::bmm", "[12,640,64] [12,64,640]", one_product_macs);
  add_products(c, 2, "aten::bmm", "[12,640,640] [12,640,64]", one_product_macs);
  add_products(c, 4, "aten::addmm", "[768] [640,768] [768,768]", proj_macs);
  c.formula_calls.push_back({3, 3, formula_unit::macs, 1, qkv_macs, "[1,640,768] -> [1,640,2304]"});
  c.formula_calls.push_back({4, 4, formula_unit::macs, 1, proj_macs, "[1,640,768] -> [1,640,768]"});
  return c;
}

void write_capture(std::filesystem::path const& path, capture_data const& c, bool loss) {
  capture_writer w(path);
  for (auto const& [key, value] : c.info) w.set_info(key, value);
  for (auto const& r : c.modules) w.add(r);
  for (auto const& r : c.module_paths) w.add(r);
  for (auto const& r : c.scopes) w.add(r);
  for (auto const& r : c.operator_calls) w.add(r);
  for (auto const& r : c.formula_calls) w.add(r);
  if (loss) w.add(data_loss_record{"rule_failed", severity::error, 1, "A made-up loss; mend the rule."});
  w.close();
}

}  // namespace flopwatch::synthetic
