// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/session.hpp"

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "flopwatch/scope.hpp"
#include "session/session_state.hpp"

namespace {

using namespace flopwatch;

std::filesystem::path temporary(char const* name) {
  return std::filesystem::path(testing::TempDir()) / (std::string("flopwatch_session_") + name + ".flops");
}

TEST(session, count_runs_the_function_once_more_than_it_warms_up) {
  int runs = 0;
  session s{{.warmup = 2}};
  auto const result = s.count([&] {
    ++runs;
    scope const here("part");
  });
  EXPECT_EQ(runs, 3);
  auto const& scopes = result.analysis().capture.scopes;
  ASSERT_EQ(scopes.size(), 1U);
  EXPECT_EQ(scopes[0].entries, 1) << "warm-up runs are not recorded";
}

TEST(session, an_exception_passes_through_and_leaves_nothing_behind) {
  auto const file = temporary("thrown");
  session s{{.capture = file, .warmup = 0}};
  EXPECT_THROW(s.count([] {
    scope const here("part");
    throw std::logic_error("the user's own");
  }),
               std::logic_error);
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_FALSE(s.state().recording_now());
  EXPECT_NO_THROW(s.count([] {})) << "the session can be used again";
  EXPECT_TRUE(std::filesystem::exists(file));
  std::filesystem::remove(file);
}

TEST(session, a_capture_says_by_which_process_it_was_recorded) {
  auto const info = session{{.warmup = 0}}.count([] {}).analysis().capture.info;
  EXPECT_EQ(info.at(info_key::pid), std::to_string(getpid()));
  EXPECT_NE(info.at(info_key::host), "");
  EXPECT_NE(info.at(info_key::started_utc), "");
}

TEST(session, letters_in_the_path_of_a_capture_stand_for_its_process) {
  auto const folder = temporary("pattern");
  std::filesystem::create_directory(folder);
  session s{{.capture = folder / "100%%.%p.flops", .warmup = 0}};
  static_cast<void>(s.count([] {}));
  EXPECT_TRUE(std::filesystem::exists(folder / ("100%." + std::to_string(getpid()) + ".flops")));
  std::filesystem::remove_all(folder);
}

/// A tree of one module whose rule gives 7 MACs a call.
detail::module_names one_ruled_module(int const& module) {
  detail::module_names names;
  module_record record;
  record.type = "Ruled";
  record.opens_scope = true;
  record.rule = rule_origin::custom;
  auto& info = names.add(&module, record);
  info.rule = [](module_call const&) { return std::int64_t{7}; };
  names.add_path(0, "", &module);
  return names;
}

void call_ruled(int const& module) {
  detail::scope_token token;
  token.enter_module(&module, typeid(int));
  std::vector<std::int64_t> const no_tensors{0, 0, -1, -1};
  if (token.wants_call()) token.finished_call(no_tensors);
  token.leave();
}

TEST(session, a_pass_for_the_formula_asks_rules_and_counts_no_calls) {
  int const module = 0;
  session s;
  s.state().read_tree = [&] { return one_ruled_module(module); };
  EXPECT_THROW(s.state().count_operators(), session_error);
  s.state().start_with_formula();
  call_ruled(module);
  call_ruled(module);
  s.state().count_operators();
  EXPECT_THROW(s.state().count_operators(), session_error) << "there is one such pass";
  call_ruled(module);
  auto const result = s.state().stop();
  auto const& capture = result.analysis().capture;
  ASSERT_EQ(capture.scopes.size(), 1U);
  EXPECT_EQ(capture.scopes[0].entries, 1) << "the pass for the formula is no call of the program's";
  ASSERT_EQ(capture.formula_calls.size(), 1U);
  EXPECT_EQ(capture.formula_calls[0].calls, 2) << "the other pass does not ask rules";
  EXPECT_EQ(capture.formula_calls[0].amount, 14);
}

TEST(session, without_a_formula_the_column_is_absent) {
  int const module = 0;
  session s;
  s.state().read_tree = [&] { return one_ruled_module(module); };
  s.state().final_info[info_key::formula] = no_formula;
  auto const result = s.count([&] { call_ruled(module); });
  EXPECT_FALSE(result.analysis().tree.has_formula);
  EXPECT_FALSE(result.analysis().differences.rows.at(0).formula_macs.has_value());
}

TEST(session, a_failed_call_is_no_loss) {
  int const module = 0;
  session s;
  s.state().read_tree = [&] { return one_ruled_module(module); };
  s.start();
  detail::scope_token token;
  token.enter_module(&module, typeid(int));
  token.failed_call();
  token.leave();
  EXPECT_TRUE(s.stop().analysis().capture.losses.empty());
}

TEST(session, nested_sessions_are_refused) {
  session outer;
  outer.start();
  session inner;
  EXPECT_THROW(inner.start(), session_error);
  int runs = 0;
  EXPECT_THROW(inner.count([&] { ++runs; }), session_error);
  EXPECT_EQ(runs, 0) << "not even a warm-up run, which the outer session would record";
  EXPECT_THROW(outer.start(), session_error);
  EXPECT_THROW(outer.count([] {}), session_error);
  (void)outer.stop();
  EXPECT_THROW((void)outer.stop(), session_error);
  EXPECT_NO_THROW(inner.start());
}

TEST(session, a_dropped_session_stops_recording) {
  {
    session s;
    s.start();
  }
  session next;
  EXPECT_NO_THROW(next.start());
}

TEST(session, an_unwritable_capture_is_said_before_the_function_runs) {
  int runs = 0;
  session s{{.capture = "/no/such/folder/x.flops", .warmup = 0}};
  EXPECT_THROW(s.count([&] { ++runs; }), capture_error);
  EXPECT_EQ(runs, 0);
  session next;
  EXPECT_NO_THROW(next.start());
}

TEST(session, the_capture_is_the_same_from_file_and_memory) {
  auto const file = temporary("saved");
  session s;
  auto const result = s.count([] { scope const here("part"); });
  result.save(file);
  auto const data = capture_reader(file).load();
  EXPECT_EQ(data.info, result.analysis().capture.info);
  EXPECT_EQ(data.scopes, result.analysis().capture.scopes);
  EXPECT_EQ(data.info.at(info_key::measured), "not collected");
  EXPECT_FALSE(data.info.at(info_key::measured_reason).empty());
  std::filesystem::remove(file);
}

TEST(session, refuses_a_missing_function) {
  session s;
  EXPECT_THROW(s.count(nullptr), usage_error);
}

struct counting_recorder final : detail::recorder {
  void attach(detail::recording& /*active*/) override {
    if (refuse) throw usage_error("no");
    ++attached;
  }
  void detach() noexcept override { --attached; }
  void describe(std::map<std::string, std::string>& info) const override { info["source"] = "test"; }
  int attached = 0;
  bool refuse = false;
};

TEST(session, recorders_are_attached_while_it_records_and_no_longer) {
  static counting_recorder recorder;
  detail::register_recorder(recorder);
  detail::register_recorder(recorder);
  session s;
  auto const result = s.count([] { EXPECT_LE(recorder.attached, 1); });
  EXPECT_EQ(result.analysis().capture.info.at("source"), "test");
  EXPECT_EQ(recorder.attached, 0);
  EXPECT_THROW(s.count([] { throw 1; }), int);
  EXPECT_EQ(recorder.attached, 0);
  recorder.refuse = true;
  EXPECT_THROW(s.start(), usage_error);
  recorder.refuse = false;
  EXPECT_NO_THROW(s.start()) << "a recorder that refuses leaves no recording behind";
}

/// Needs `wanted` runs, and refuses to begin the one with number `refused`.
struct several_runs final : detail::recorder {
  void detach() noexcept override { ++detached; }
  void begin_run() override {
    if (++begun == refused) throw cupti_error("it is busy", exit_code::no_device);
  }
  bool end_run() noexcept override { return begun >= wanted; }
  void write(detail::written_ids const& /*ids*/, capture_writer& /*writer*/) override { ++written; }
  void describe(std::map<std::string, std::string>& info) const override {
    if (wanted > 1) info["runs"] = std::to_string(begun);
  }
  int wanted = 1, refused = 0;
  int begun = 0, detached = 0, written = 0;
};

TEST(session, a_recorder_gets_the_runs_that_it_needs) {
  static several_runs recorder;
  detail::register_recorder(recorder);
  recorder.wanted = 3;
  int runs = 0;
  session s{{.warmup = 0}};
  auto const result = s.count([&] { ++runs; });
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(recorder.detached, 1);
  EXPECT_EQ(recorder.written, 1);
  EXPECT_EQ(result.analysis().capture.info.at("runs"), "3");

  recorder.begun = 0;
  recorder.refused = 2;
  auto const refused = s.count([&] { ++runs; });
  EXPECT_EQ(runs, 4) << "no run for a recorder that cannot begin it";
  EXPECT_EQ(recorder.detached, 2);
  EXPECT_EQ(recorder.written, 1);
  auto const& capture = refused.analysis().capture;
  EXPECT_EQ(capture.info.count("runs"), 0U);
  EXPECT_EQ(capture.info.at(info_key::measured_reason), "it is busy");
  EXPECT_EQ(capture.losses.size(), 1U);
  recorder.wanted = 1;
  recorder.refused = 0;
}

}  // namespace
