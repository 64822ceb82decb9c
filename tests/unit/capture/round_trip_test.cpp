// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

void expect_synthetic(capture_reader const& reader) {
  synthetic_records const s;
  auto const d = reader.load();
  EXPECT_TRUE(d.complete);
  EXPECT_EQ(d.info, s.info);
  EXPECT_EQ(d.modules, s.modules);
  EXPECT_EQ(d.module_paths, s.module_paths);
  EXPECT_EQ(d.scopes, s.scopes);
  EXPECT_EQ(d.operator_calls, s.operator_calls);
  EXPECT_EQ(d.formula_calls, s.formula_calls);
  EXPECT_EQ(d.metrics, s.metrics);
  EXPECT_EQ(d.kernels, s.kernels);
  EXPECT_EQ(d.graph_kernels, s.graph_kernels);
  EXPECT_EQ(d.losses, s.losses);
  EXPECT_EQ(d.counter_groups, s.counter_groups);
  EXPECT_EQ(d.raw_chunks, s.raw_chunks);
  EXPECT_EQ(launches_of(reader), s.launches);
  EXPECT_EQ(scope_ranges_of(reader), s.scope_ranges);
  EXPECT_EQ(images_of(reader),
            (std::map<std::int64_t, std::vector<std::uint8_t>>{{1, s.images[0]}, {4, s.images[1]}}));
}

TEST(round_trip, every_field_of_every_record_through_a_file) {
  test_folder const folder;
  capture_writer w(folder / "a.flops");
  write(w, {});
  w.close();
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.flops"});
  expect_synthetic(capture_reader(folder / "a.flops"));
  expect_synthetic(read_back(std::move(w)));
}

TEST(round_trip, in_memory) {
  auto w = capture_writer::in_memory();
  write(w, {});
  w.close();
  expect_synthetic(read_back(std::move(w)));
}

TEST(round_trip, from_bytes) {
  test_folder const folder;
  {
    capture_writer w(folder / "a.flops");
    write(w, {});
    w.close();
  }
  expect_synthetic(capture_reader::from_bytes(bytes_of(folder / "a.flops")));
}

TEST(round_trip, empty_capture) {
  auto w = capture_writer::in_memory();
  w.close();
  auto const reader = read_back(std::move(w));
  auto const d = reader.load();
  EXPECT_TRUE(d.complete);
  EXPECT_TRUE(same_tables(d, {}));
  EXPECT_TRUE(d.losses.empty());
  EXPECT_TRUE(launches_of(reader).empty());
}

TEST(round_trip, the_order_of_adding_does_not_matter_but_for_formula_calls_and_losses) {
  synthetic_records s;
  auto w = capture_writer::in_memory();
  std::reverse(s.modules.begin(), s.modules.end());
  std::reverse(s.module_paths.begin(), s.module_paths.end());
  std::reverse(s.scopes.begin(), s.scopes.end());
  std::reverse(s.operator_calls.begin(), s.operator_calls.end());
  std::reverse(s.kernels.begin(), s.kernels.end());
  std::reverse(s.launches.begin(), s.launches.end());
  std::reverse(s.scope_ranges.begin(), s.scope_ranges.end());
  write(w, s);
  w.close();
  expect_synthetic(read_back(std::move(w)));
}

TEST(round_trip, the_last_value_of_an_info_key_stays) {
  auto w = capture_writer::in_memory();
  w.set_info("device", "none");
  w.set_info("gpu", "");
  w.set_info("device", "cuda:0");
  w.set_info("device", "cuda:1");
  w.close();
  EXPECT_EQ(read_back(std::move(w)).load().info,
            (std::map<std::string, std::string>{{"device", "cuda:1"}, {"gpu", ""}}));
}

std::vector<std::string> const& nasty() {
  using namespace std::string_literals;
  static std::vector<std::string> const all{
      "",
      "'; DROP TABLE launch; --",
      "\"quoted\" `ticks` [brackets]",
      "a|b\\|c",
      "line\nbreak\r\ttab",
      "\u00fcml\u00e4ut \u4e2d\u6587 \U0001f600",
      "nul\0inside"s,
      "\0"s,
      "\xff\xfe no utf-8 \xc3",
      "0012",
      "1e3",
      std::string(100'000, 'x'),
  };
  return all;
}

TEST(round_trip, nasty_strings_in_every_text_field) {
  for (auto const& text : nasty()) {
    synthetic_records s;
    s.info = {{text, text}};
    s.modules[0].type = s.modules[0].rule_name = text;
    s.module_paths[0].name = s.module_paths[0].path = text;
    s.scopes[0].path = s.scopes[0].type = text;
    s.operator_calls[0].name = s.operator_calls[0].shapes = s.operator_calls[0].note = text;
    s.formula_calls[0].shapes = text;
    s.metrics[0].name = s.metrics[0].unit = text;
    s.kernels[0].name = s.kernels[0].demangled = text;
    s.losses[0].kind = s.losses[0].text = text;
    s.counter_groups[0].chip = text;
    auto w = capture_writer::in_memory();
    write(w, s);
    w.close();
    auto const reader = read_back(std::move(w));
    auto const d = reader.load();
    EXPECT_EQ(d.info, s.info);
    EXPECT_EQ(d.modules, s.modules);
    EXPECT_EQ(d.module_paths, s.module_paths);
    EXPECT_EQ(d.scopes, s.scopes);
    EXPECT_EQ(d.operator_calls, s.operator_calls);
    EXPECT_EQ(d.formula_calls, s.formula_calls);
    EXPECT_EQ(d.metrics, s.metrics);
    EXPECT_EQ(d.kernels, s.kernels);
    EXPECT_EQ(d.losses, s.losses);
    EXPECT_EQ(d.counter_groups, s.counter_groups);
    EXPECT_EQ(launches_of(reader), s.launches);
  }
}

TEST(round_trip, string_views_without_a_terminator) {
  auto w = capture_writer::in_memory();
  std::string const text = "devicecuda:1";
  w.set_info(std::string_view(text).substr(0, 6), std::string_view(text).substr(6, 4));
  w.set_info("empty", std::string_view());
  w.close();
  EXPECT_EQ(read_back(std::move(w)).load().info,
            (std::map<std::string, std::string>{{"device", "cuda"}, {"empty", ""}}));
}

// Every word of every enumeration passes the CHECKs of the tables and comes back.
TEST(round_trip, every_word) {
  capture_data expected;
  auto w = capture_writer::in_memory();
  std::int64_t id = 0;
  for (auto p : {phase::forward, phase::backward, phase::recompute, phase::optimizer}) {
    for (auto s : {operator_status::counted, operator_status::no_arithmetic, operator_status::unsupported,
                   operator_status::partly_counted}) {
      for (auto a : {arithmetic::none, arithmetic::multiply_add, arithmetic::other}) {
        for (int i = 0; i < precision_count; ++i) {
          operator_call_record r;
          r.id = ++id;
          r.name = "aten::op" + std::to_string(id % 7);
          r.phase = p;
          r.status = s;
          r.arithmetic = a;
          r.precision = static_cast<precision>(i);
          w.add(expected.operator_calls.emplace_back(r));
        }
      }
    }
    scope_record scope;
    scope.id = ++id;
    scope.phase = p;
    w.add(expected.scopes.emplace_back(scope));
  }
  for (auto o : {rule_origin::none, rule_origin::thop, rule_origin::custom}) {
    module_record r;
    r.id = ++id;
    r.rule = o;
    w.add(expected.modules.emplace_back(r));
  }
  for (auto f : {formula_unit::macs, formula_unit::operations}) {
    formula_call_record r;
    r.unit = f;
    w.add(expected.formula_calls.emplace_back(r));
  }
  for (auto s : {severity::note, severity::warning, severity::error}) {
    w.add(expected.losses.emplace_back(data_loss_record{"kind", s, 1, ""}));
  }
  w.close();
  auto const d = read_back(std::move(w)).load();
  EXPECT_TRUE(same_tables(d, expected));
  EXPECT_EQ(d.losses, expected.losses);
}

}  // namespace
}  // namespace flopwatch::test
