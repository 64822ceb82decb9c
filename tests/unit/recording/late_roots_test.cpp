// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// Roots that are named while a recording runs, and what the capture calls them.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "flopwatch/detail/scope_token.hpp"
#include "recording/unfinished_recording.hpp"
#include "unit/recording/recording_fixture.hpp"

namespace flopwatch::test {
namespace {

struct object {
  char unused = 0;  // an address
};

struct late_roots : testing::Test {
  detail::module_names roots(std::vector<std::pair<std::string, object const*>> const& named) {
    detail::module_names names;
    names.drops_lone_name = true;
    add(names, &group, "", 0);
    auto const top = names.add_path(0, "", &group);
    for (auto const& [name, root] : named) {
      add(names, root, "Net", 10);
      auto const path = names.add_path(top, name, root);
      if (names.find(&part) == nullptr) add(names, &part, "Linear", 4);
      if (root != &other) names.add_path(path, "fc", &part);
    }
    return names;
  }
  static void add(detail::module_names& names, object const* module, char const* type,
                  std::int64_t parameters) {
    module_record r;
    r.type = type;
    r.opens_scope = true;
    r.parameters = parameters;
    names.add(module, r);
  }
  void call_module(object const& module, std::vector<object const*> const& inner = {}) {
    detail::scope_token token;
    token.enter_module(&module, typeid(object), true, recording.names().find(&module));
    if (inner.empty()) call(recording, "my::mul");
    for (auto const* const m : inner) call_module(*m);
    token.leave();
  }
  static std::vector<std::string> scopes(capture_data const& data) {
    std::vector<std::string> all;
    for (auto const& s : data.scopes) all.push_back(s.path + "|" + s.type + "|" + std::to_string(s.module));
    return all;
  }
  static std::vector<std::string> paths(capture_data const& data) {
    std::vector<std::string> all;
    for (auto const& p : data.module_paths) {
      all.push_back(std::to_string(p.id) + " below " + std::to_string(p.parent) + ": " + p.path + "|" +
                    p.name + "|" + std::to_string(p.module));
    }
    return all;
  }

  object group, net, part, other;
  detail::recording recording{roots({}), test_rules(), 1U << 20U, nobody_misses(test_rules())};
};

using strings = std::vector<std::string>;

TEST_F(late_roots, a_lone_root_has_the_names_of_a_root_that_is_watched_alone) {
  recording.activate();
  recording.name_more(roots({{"model", &net}}));
  call_module(net, {&part});
  {
    scope const outside("model.loss");  // of the program, outside of its model
    call(recording, "my::mul");
  }
  {
    detail::scope_token token;
    token.enter_module(&net, typeid(object), true, recording.names().find(&net));
    scope const inside("model.loss");
    call(recording, "my::mul");
    token.leave();
  }
  auto const data = captured(recording);
  EXPECT_EQ(paths(data), (strings{"1 below 0: ||1", "2 below 1: fc|fc|2"}));
  EXPECT_EQ(scopes(data), (strings{"|Net|1", "fc|Linear|2", "model.loss|scope|0", "model.loss|scope|0"}));
  ASSERT_EQ(data.modules.size(), 2U);
  EXPECT_EQ(data.modules[0].type, "Net");
}

TEST_F(late_roots, two_roots_keep_their_names) {
  recording.activate();
  recording.name_more(roots({{"gen", &net}}));
  call_module(net, {&part});
  recording.name_more(roots({{"gen", &net}, {"disc", &other}}));
  call_module(other);
  auto const data = captured(recording);
  EXPECT_EQ(paths(data), (strings{"1 below 0: ||1", "2 below 1: gen|gen|2", "3 below 2: gen.fc|fc|3",
                                  "4 below 1: disc|disc|4"}));
  EXPECT_EQ(scopes(data), (strings{"gen|Net|2", "gen.fc|Linear|3", "disc|Net|4"}));
}

TEST_F(late_roots, without_any_root_there_is_no_module) {
  recording.activate();
  call(recording, "my::mul");
  auto const data = captured(recording);
  EXPECT_TRUE(data.modules.empty());
  EXPECT_TRUE(data.module_paths.empty());
  EXPECT_EQ(find_call(data, "my::mul").calls, 1);
}

TEST_F(late_roots, data_losses_name_a_lone_root_as_where_it_is_watched_alone) {
  recording.activate();
  recording.name_more(roots({{"model", &net}}));
  detail::scope_token token;
  token.enter_module(&net, typeid(object), true, recording.names().find(&net));
  call(recording, "my::mul");
  auto const data = captured(recording);
  auto const* const open = find_loss(data, loss::scope_left_open);
  token.leave();
  ASSERT_NE(open, nullptr);
  EXPECT_TRUE(open->text.ends_with(" Net")) << open->text;
}

TEST_F(late_roots, a_part_of_two_roots_has_the_path_below_the_one_that_calls_it) {
  recording.activate();
  recording.name_more(roots({{"part", &part}}));
  call_module(part);
  recording.name_more(roots({{"part", &part}, {"model", &net}}));
  call_module(net, {&part});
  EXPECT_EQ(scopes(captured(recording)), (strings{"part|Net|2", "model|Net|3", "model.fc|Net|2"}));
}

TEST_F(late_roots, another_object_of_the_same_address_is_another_module) {
  recording.activate();
  recording.name_more(roots({{"model", &net}}));
  call_module(net);
  recording.forget_name(&net);
  recording.forget_name(&part);
  EXPECT_EQ(recording.names().find(&net), nullptr);
  recording.name_more(roots({{"model_2", &net}}));
  call_module(net);
  call_module(net);
  auto const data = captured(recording);
  EXPECT_EQ(scopes(data), (strings{"model|Net|2", "model_2|Net|4"}));
  EXPECT_EQ(data.scopes[0].entries, 1);
  EXPECT_EQ(data.scopes[1].entries, 2);
}

TEST_F(late_roots, the_part_file_gets_them_too) {
  recording.activate();
  detail::unfinished_recording rows(recording);
  std::vector<std::size_t> modules;
  auto const collect = [&] {
    std::size_t given = 0;
    rows.collect([&](unfinished_rows const& r) { given += r.modules.size(); }, [] { return true; });
    modules.push_back(given);
  };
  collect();
  collect();
  recording.name_more(roots({{"model", &net}}));
  collect();
  collect();
  EXPECT_EQ(modules, (std::vector<std::size_t>{1, 0, 3, 0}));
}

TEST_F(late_roots, are_named_while_other_threads_open_scopes) {
  recording.activate();
  recording.name_more(roots({{"model", &net}}));
  std::atomic<bool> stop{false};
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] {
      auto const* const info = &recording.names().modules()[1];
      for (int n = 0; !stop; ++n) {
        scope const around("call " + std::to_string(n % 1000));  // a new node each time
        detail::scope_token token;
        token.enter_module(&net, typeid(object), true, info);
        token.leave();
      }
    });
  }
  std::vector<object> more(200);
  std::vector<std::pair<std::string, object const*>> named{{"model", &net}};
  for (auto const& m : more) {
    named.emplace_back("m" + std::to_string(named.size()), &m);
    recording.name_more(roots(named));
    recording.forget_name(&m);
    named.pop_back();
  }
  stop = true;
  for (auto& c : callers) c.join();
  EXPECT_EQ(captured(recording).module_paths.size(), 2 * more.size() + 3);
}

}  // namespace
}  // namespace flopwatch::test
