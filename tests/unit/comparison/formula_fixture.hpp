// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/comparison/verdict_text.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {

/// A root with the modules that a test adds, each called once.
struct formula_verdict : ::testing::Test {
  formula_verdict() {
    root = c.module("Root");
    root_path = c.path(0, "", root);
    root_scope = c.scope(0, "", root);
  }

  struct added {
    std::int64_t module, path, scope;
  };
  added add(std::string const& name, std::string const& type, rule_origin rule, std::int64_t calls = 1) {
    return add_below({root, root_path, root_scope}, name, type, rule, calls);
  }
  added add_below(added const& parent, std::string const& name, std::string const& type, rule_origin rule,
                  std::int64_t calls = 1) {
    auto const m = c.module(type, rule);
    auto const p = c.path(parent.path, name, m);
    auto const path = c.data.module_paths.back().path;
    return {m, p, c.scope(parent.scope, path, m, calls)};
  }
  /// Gives the module `ran` MACs of products and a rule result.
  void count(added const& m, std::int64_t ran, std::int64_t rule) {
    if (ran > 0) c.product(m.scope, "aten::mm", ran);
    c.formula(m.scope, m.module, rule);
  }

  std::vector<std::string> at(std::string const& path) {
    tree = attribute(c.data);
    result = compare(c.data, tree);
    return brief(tree, result, row_at(tree, path));
  }
  verdict const& first(std::string const& path) { return first_verdict(result, row_at(tree, path)); }

  capture_builder c;
  std::int64_t root = 0, root_path = 0, root_scope = 0;
  attribution tree;
  comparison result;
};

}  // namespace flopwatch::test
