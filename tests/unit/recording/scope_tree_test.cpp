// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/scope_tree.hpp"

#include <gtest/gtest.h>

namespace {

using flopwatch::module_record;
using flopwatch::phase;
using flopwatch::detail::module_names;
using flopwatch::detail::scope_label;
using flopwatch::detail::scope_tree;

/// root { a { shared }, b { shared }, layers { 0 } }; `layers` itself is never called.
struct scope_tree_test : testing::Test {
  scope_tree_test() {
    auto const add = [this](int& object, char const* type) {
      module_record r;
      r.type = type;
      names.add(&object, r);
    };
    add(root, "Net");
    add(a, "Block");
    add(b, "Block");
    add(shared, "Linear");
    add(layers, "ModuleList");
    add(zero, "Linear");
    auto const r = names.add_path(0, "", &root);
    auto const pa = names.add_path(r, "a", &a);
    names.add_path(pa, "shared", &shared);
    auto const pb = names.add_path(r, "b", &b);
    names.add_path(pb, "shared", &shared);
    auto const pl = names.add_path(r, "layers", &layers);
    names.add_path(pl, "0", &zero);
  }
  static scope_label of(int const& object) { return {&object, &typeid(int), {}, {}}; }

  int root = 0, a = 0, b = 0, shared = 0, layers = 0, zero = 0, stranger = 0;
  module_names names;
};

TEST_F(scope_tree_test, names_a_shared_module_by_its_call_path) {
  scope_tree tree(names);
  tree.enter(of(root), phase::forward);
  EXPECT_EQ(tree.current()->path, "");
  tree.enter(of(b), phase::forward);
  tree.enter(of(shared), phase::forward);
  EXPECT_EQ(tree.current()->path, "b.shared");
  tree.leave();
  tree.leave();
  tree.enter(of(a), phase::forward);
  tree.enter(of(shared), phase::forward);
  EXPECT_EQ(tree.current()->path, "a.shared");
}

TEST_F(scope_tree_test, a_call_that_does_not_count_finds_the_same_nodes) {
  scope_tree tree(names);
  for (bool const counts : {false, true}) {
    tree.enter(of(root), phase::forward, counts);
    for (int call = 0; call < 2; ++call) {
      tree.enter(of(a), phase::forward, counts);
      tree.leave();
    }
    tree.leave();
  }
  ASSERT_EQ(tree.nodes().size(), 4U) << "the base, the root and two calls";
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(tree.nodes()[i].entries, 1) << i;
}

TEST_F(scope_tree_test, names_what_lies_in_a_container_that_is_never_called) {
  scope_tree tree(names);
  tree.enter(of(root), phase::forward);
  tree.enter(of(zero), phase::forward);
  EXPECT_EQ(tree.current()->path, "layers.0");
  EXPECT_EQ(tree.current()->type, "Linear");
}

TEST_F(scope_tree_test, numbers_calls_within_one_call_of_the_parent) {
  scope_tree tree(names);
  for (int step = 0; step < 3; ++step) {
    tree.enter(of(root), phase::forward);
    for (int call = 1; call <= 2; ++call) {
      tree.enter(of(a), phase::forward);
      EXPECT_EQ(tree.current()->call, call);
      EXPECT_EQ(tree.current()->entries, step + 1);
      tree.leave();
    }
    tree.leave();
  }
  EXPECT_EQ(tree.nodes().size(), 4U) << "base, root, two calls of a: steps add nothing";
}

TEST_F(scope_tree_test, folds_what_is_called_without_end) {
  scope_tree tree(names);
  tree.enter(of(root), phase::forward);
  for (std::int64_t call = 1; call <= scope_tree::max_calls + 10; ++call) {
    EXPECT_EQ(tree.enter(of(a), phase::forward), call <= scope_tree::max_calls);
    tree.leave();
  }
  EXPECT_EQ(tree.nodes().back().entries, 11);
  EXPECT_EQ(tree.nodes().size(), 2U + scope_tree::max_calls);
}

TEST_F(scope_tree_test, gives_strangers_and_plain_scopes_a_place) {
  scope_tree tree(names);
  tree.enter(of(root), phase::forward);
  tree.enter({nullptr, nullptr, "loss", "scope"}, phase::forward);
  EXPECT_EQ(tree.current()->path, "loss");
  tree.enter(of(stranger), phase::forward);
  EXPECT_EQ(tree.current()->path, "loss.(int)");
  EXPECT_EQ(tree.current()->module, nullptr);
}

TEST_F(scope_tree_test, keeps_recomputation_apart) {
  scope_tree tree(names);
  tree.enter(of(root), phase::forward);
  tree.leave();
  tree.enter(of(root), phase::recompute);
  EXPECT_EQ(tree.current()->in_phase, phase::recompute);
  EXPECT_EQ(tree.current()->entries, 1);
}

TEST_F(scope_tree_test, leaving_more_than_was_entered_stays_at_the_base) {
  scope_tree tree(names);
  tree.leave();
  EXPECT_TRUE(tree.at_base());
  tree.enter(of(root), phase::forward);
  EXPECT_FALSE(tree.at_base());
}

struct InnerImpl {};
template <class T>
struct OuterImpl {};

TEST(type_label, drops_namespaces_and_impl) {
  struct LinearImpl {};
  EXPECT_EQ(flopwatch::detail::type_label(typeid(LinearImpl)), "Linear");
  EXPECT_EQ(flopwatch::detail::type_label(typeid(std::pair<module_record, int>)), "pair<module_record, int>");
  EXPECT_EQ(flopwatch::detail::type_label(typeid(int)), "int");
  EXPECT_EQ(flopwatch::detail::type_label(typeid(OuterImpl<InnerImpl>)), "Outer<InnerImpl>");
}

}  // namespace
