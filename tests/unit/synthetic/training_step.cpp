// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/synthetic/training_step.hpp"

#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {

capture_data training_step() {
  capture_builder c;
  c.data.info[info_key::formula] = "thop 0.1.1 rules";
  c.data.info[info_key::measured] = "not collected";
  c.placed_module(0, "", "Net");
  auto const first = c.placed_module(1, "first", "Linear", rule_origin::thop);
  auto const second = c.placed_module(1, "second", "Linear", rule_origin::thop);
  auto const again = c.scope(1, "second", second);
  c.data.scopes.back().phase = phase::recompute;
  auto const step = c.scope(0, "Muon.step", 0);
  c.data.scopes.back().phase = phase::optimizer;
  c.data.scopes.back().type = "Optimizer";
  constexpr std::int64_t macs = 4 * 512 * 512;
  auto const product = [&](std::int64_t scope, phase p, std::int64_t amount, std::int64_t other = 0) {
    c.call_at(c.product(scope, "aten::mm", amount, other)).phase = p;
  };
  for (auto const layer : {first, second}) {
    c.formula(layer, layer, macs);
    product(layer, phase::forward, macs, 4 * 512);
    product(layer, phase::backward, layer == first ? macs : 2 * macs, 4 * 512);
  }
  product(again, phase::recompute, macs, 4 * 512);
  product(step, phase::optimizer, 3 * 512 * 512 * 512, 2 * 512 * 512);
  c.call_at(c.elementwise(1, "aten::sum", 2047)).phase = phase::forward;
  return c.data;
}

}  // namespace flopwatch::test
