// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Captures in memory that need no database until something asks for one.
#include <thread>

#include "capture/held_records.hpp"
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

/// Without launches, and with ids as recordings give them: nothing of it needs a database.
struct plain_records : synthetic_records {
  plain_records() {
    number(modules);
    number(module_paths);
    number(scopes);
    number(operator_calls);
    formula_calls.resize(2);
  }
  template <class R>
  static void number(std::vector<R>& records) {
    for (std::size_t i = 0; i < records.size(); ++i) records[i].id = static_cast<std::int64_t>(i) + 1;
  }
  void write_to(capture_writer& w) const {
    for (auto const& [k, v] : info) w.set_info(k, v);
    for (auto const& r : modules) w.add(r);
    for (auto const& r : module_paths) w.add(r);
    for (auto const& r : scopes) w.add(r);
    for (auto const& r : operator_calls) w.add(r);
    for (auto const& r : formula_calls) w.add(r);
    for (auto const& r : losses) w.add(r);
  }
  [[nodiscard]] capture_data data() const {
    capture_data d;
    d.info = info;
    d.modules = modules;
    d.module_paths = module_paths;
    d.scopes = scopes;
    d.operator_calls = operator_calls;
    d.formula_calls = formula_calls;
    d.losses = losses;
    return d;
  }
};

capture_reader plain_reader() {
  auto w = capture_writer::in_memory();
  plain_records().write_to(w);
  w.close();
  return read_back(std::move(w));
}

void expect_plain(capture_data const& d) {
  auto const expected = plain_records().data();
  EXPECT_TRUE(same_tables(d, expected));
  EXPECT_EQ(d.losses, expected.losses);
  EXPECT_TRUE(d.complete);
}

TEST(held, are_as_a_file_would_give_them_back) {
  test_folder const folder;
  capture_writer w(folder / "direct.flops");
  plain_records().write_to(w);
  w.close();
  expect_plain(capture_reader(folder / "direct.flops").load());
  auto const held = plain_reader();
  expect_plain(held.load());
  held.save(folder / "held.flops");
  expect_plain(capture_reader(folder / "held.flops").load());
  for (auto const* table : {"info", "module", "module_path", "scope", "operator", "operator_call",
                            "formula_call", "data_loss", "closed"}) {
    auto const all = std::string("SELECT * FROM ") + table;
    EXPECT_EQ(query(folder / "held.flops", all), query(folder / "direct.flops", all)) << table;
  }
  expect_plain(held.load());
  EXPECT_TRUE(launches_of(held).empty());
  EXPECT_TRUE(images_of(held).empty());
}

TEST(held, what_the_tables_refuse_is_refused_and_the_rest_stays) {
  plain_records const records;
  auto w = capture_writer::in_memory();
  records.write_to(w);
  auto const refuses = [&](auto record, auto&& spoil) {
    spoil(record);
    EXPECT_NE(refusal([&] { w.add(record); }), "");
  };
  refuses(records.scopes[0], [](auto& r) { r.id = 1; });
  refuses(records.scopes[0], [](auto& r) { r.id = 0; });
  refuses(records.scopes[0], [](auto& r) { r.id = 5, r.entries = -1; });
  refuses(records.modules[0], [](auto& r) { r.id = 4, r.rule = static_cast<rule_origin>(9); });
  refuses(records.operator_calls[0], [](auto& r) { r.id = 5, r.calls = -1; });
  refuses(records.formula_calls[0], [](auto& r) { r.calls = -1; });
  refuses(records.losses[0], [](auto& r) { r.severity = static_cast<severity>(7); });
  w.close();
  EXPECT_NE(refusal([&] { w.set_info("a", "b"); }), "");
  expect_plain(read_back(std::move(w)).load());
}

TEST(held, only_what_is_certainly_good) {
  plain_records const records;
  capture_detail::held_records held;
  EXPECT_TRUE(held.take(records.scopes[0]));
  EXPECT_FALSE(held.take(records.scopes[0]));
  EXPECT_FALSE(held.take(records.scopes[2]));
  auto const leaves = [&](auto record, auto&& spoil) {
    spoil(record);
    EXPECT_FALSE(held.take(record));
  };
  leaves(records.scopes[1], [](auto& r) { r.phase = static_cast<phase>(4); });
  leaves(records.scopes[1], [](auto& r) { r.entries = -1; });
  auto const& call = records.operator_calls[0];
  leaves(call, [](auto& r) { r.precision = static_cast<precision>(precision_count); });
  leaves(call, [](auto& r) { r.status = static_cast<operator_status>(4); });
  leaves(call, [](auto& r) { r.arithmetic = static_cast<arithmetic>(3); });
  leaves(call, [](auto& r) { r.calls = -1; });
  leaves(records.formula_calls[0], [](auto& r) { r.unit = static_cast<formula_unit>(2); });
  leaves(records.formula_calls[0], [](auto& r) { r.calls = -1; });
  leaves(records.modules[0], [](auto& r) { r.rule = static_cast<rule_origin>(3); });
  EXPECT_FALSE(held.take(records.kernels[0]));
  EXPECT_EQ(held.data().scopes.size(), 1U);
  EXPECT_TRUE(held.data().operator_calls.empty());
}

TEST(held, a_record_out_of_order_or_a_launch_takes_all_of_them_along) {
  plain_records const plain;
  for (bool const launch : {false, true}) {
    auto w = capture_writer::in_memory();
    plain.write_to(w);
    auto expected = plain.data();
    if (launch) {
      w.add(plain.kernels[0]);
      launch_record r;
      r.id = 1;
      r.kernel = 1;
      w.add(r);
      expected.kernels = {plain.kernels[0]};
      auto& group = expected.launch_groups.emplace_back();
      group.kernel = group.launches = 1;
    } else {
      auto late = plain.scopes[0];
      late.id = 99;
      w.add(late);
      expected.scopes.push_back(late);
    }
    w.set_info("gpu", "none");
    expected.info["gpu"] = "none";
    w.close();
    auto const d = read_back(std::move(w)).load();
    EXPECT_TRUE(same_tables(d, expected)) << launch;
    EXPECT_EQ(d.losses, expected.losses);
  }
}

TEST(held, is_read_only_after_its_writer_is_closed) {
  auto w = capture_writer::in_memory();
  plain_records().write_to(w);
  EXPECT_NE(refusal([&] { static_cast<void>(read_back(std::move(w))); }), "");
  w.close();
  w.close();
  expect_plain(read_back(std::move(w)).load());
}

TEST(held, several_threads_may_save_and_load) {
  test_folder const folder;
  auto const reader = plain_reader();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      if (i % 2 == 0) {
        reader.save(folder / (std::to_string(i) + ".flops"));
      } else {
        expect_plain(reader.load());
      }
    });
  }
  for (auto& t : threads) t.join();
  for (auto const* name : {"0.flops", "2.flops"}) expect_plain(capture_reader(folder / name).load());
}

}  // namespace
}  // namespace flopwatch::test
