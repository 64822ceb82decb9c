// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "unit/synthetic/model.hpp"

namespace flopwatch::test {

/// A model with shared modules, two names for one, containers that thop walks through, right and wrong rules
/// at every level, repeated calls, uncalled modules, and calls of modules that are registered elsewhere or
/// nowhere. Module 0 is the root. The same seed gives the same model.
inline synthetic_modules random_model(unsigned seed) {
  std::mt19937 engine(seed);
  auto const upto = [&](unsigned n) { return static_cast<std::size_t>(engine() % (n + 1)); };
  auto const chance = [&](unsigned percent) { return engine() % 100 < percent; };

  synthetic_modules all(2 + upto(6));
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& m = all[i];
    m.type = "Type" + std::to_string(i);
    m.transparent = chance(20);
    m.library = chance(30);
    m.parameters = static_cast<std::int64_t>(upto(50));
    if (chance(50)) {
      m.rule = chance(50) ? rule_origin::thop : rule_origin::custom;
      m.scale = static_cast<std::int64_t>(chance(60) ? 1 : upto(3));
      m.constant = static_cast<std::int64_t>(chance(25) ? upto(500) : 0);
    }
    // Only later modules are called, so that no forward calls itself.
    auto const later = all.size() - i - 1;
    if (later == 0) {
      m.forward.push_back({nullptr, static_cast<std::int64_t>(upto(40)), "aten::mm"});
      continue;
    }
    auto const any_later = [&] { return &all[i + 1 + upto(static_cast<unsigned>(later - 1))]; };
    for (auto n = 1 + upto(2); n > 0; --n) m.children.emplace_back("c" + std::to_string(n), any_later());
    for (auto n = upto(3); n > 0; --n) {
      if (chance(40)) {
        m.forward.push_back({nullptr, static_cast<std::int64_t>(1 + upto(40)), "aten::bmm"});
      } else if (chance(80)) {
        m.forward.push_back({m.children[upto(static_cast<unsigned>(m.children.size() - 1))].second, 0, ""});
      } else {
        m.forward.push_back({any_later(), 0, ""});
      }
    }
  }
  return all;
}

}  // namespace flopwatch::test
