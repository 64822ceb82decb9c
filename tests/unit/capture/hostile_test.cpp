// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Captures that somebody made to harm the program that reads them.
#include <fmt/format.h>

#include "capture/read_limits.hpp"
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

/// Tables of the synthetic records.
constexpr char const* all_tables[] = {
    "closed",        "info",         "module",        "module_path", "scope",     "operator",
    "operator_call", "formula_call", "plan",          "metric",      "kernel",    "launch",
    "scope_range",   "counters_1",   "counter_group", "raw_chunk",   "data_loss", "scope_range_counters_2"};

class hostile : public testing::Test {
 protected:
  hostile() {
    capture_writer w(path_);
    write(w, {});
    w.close();
  }
  std::string load_refusal() const {
    return refusal([&] { (void)capture_reader(path_).load(); });
  }
  std::string refusal_after(std::string const& change) const {
    sql(path_, "UPDATE closed SET checksum = NULL; PRAGMA ignore_check_constraints = ON; " + change);
    return load_refusal();
  }
  void replace(std::string const& table, std::string const& by) const {
    sql(path_, fmt::format("DROP TABLE \"{}\"; {}", table, by));
  }

  test_folder folder_;
  std::filesystem::path path_ = folder_ / "a.flops";
};

TEST_F(hostile, endless_views_named_like_a_table_are_not_read) {
  auto const good = bytes_of(path_);
  for (std::string const table : all_tables) {
    replace(table, fmt::format("CREATE VIEW \"{}\" AS {}", table, endless));
    auto const said = load_refusal();
    EXPECT_THAT(said, AllOf(HasSubstr("damaged"), HasSubstr("table " + table + " is missing"))) << table;
    put_bytes(path_, good);
  }
}

TEST_F(hostile, endless_views_are_not_read_by_the_visitors_either) {
  auto const good = bytes_of(path_);
  auto const visit = [&](std::string const& table, auto const& read) {
    replace(table, fmt::format("CREATE VIEW \"{}\" AS {}", table, endless));
    EXPECT_THAT(refusal([&] { read(capture_reader(path_)); }), HasSubstr("table " + table)) << table;
    put_bytes(path_, good);
  };
  visit("launch", [](auto const& r) { (void)launches_of(r); });
  visit("scope_range", [](auto const& r) { (void)scope_ranges_of(r); });
  visit("raw_image", [](auto const& r) { (void)images_of(r); });
}

// What SQLite goes by is the text of the statement; the type next to it can say anything.
TEST_F(hostile, a_view_that_the_schema_calls_a_table_is_not_read) {
  replace("scope", fmt::format("CREATE VIEW scope AS {}", endless));
  sql(path_, "PRAGMA writable_schema = ON; UPDATE sqlite_master SET type = 'table' WHERE name = 'scope'");
  EXPECT_THAT(load_refusal(), HasSubstr("damaged"));
}

// Each view names the one before twice: only to know its columns takes two to the power of their number.
TEST_F(hostile, views_of_views_are_not_looked_at) {
  std::string views = "CREATE VIEW v0 AS SELECT 1 AS x;";
  for (int i = 1; i <= 60; ++i) {
    views += fmt::format("CREATE VIEW v{} AS SELECT a.x FROM v{} a, v{} b;", i, i - 1, i - 1);
  }
  replace("scope", views + "CREATE VIEW scope AS SELECT x FROM v60");
  EXPECT_THAT(load_refusal(), HasSubstr("table scope is missing"));
}

TEST_F(hostile, virtual_tables_are_not_read) {
  replace("info", "CREATE VIRTUAL TABLE info USING fts5(key, value)");
  EXPECT_THAT(load_refusal(), AllOf(HasSubstr("damaged"), HasSubstr("no such module")));
}

TEST_F(hostile, computed_columns_are_not_read) {
  replace("operator",
          "CREATE TABLE operator(id INTEGER PRIMARY KEY, name TEXT AS (hex(zeroblob(100000000)))); "
          "INSERT INTO operator(id) VALUES (1), (2)");
  EXPECT_THAT(load_refusal(), HasSubstr("table operator has a column that is computed"));
}

// A row that ends early takes the values of the column's default, however long that is.
TEST_F(hostile, values_that_no_row_holds_are_not_repeated_without_end) {
  std::string const long_text(1'000'000, 'x');
  replace("data_loss",
          "CREATE TABLE data_loss(id INTEGER PRIMARY KEY, kind TEXT, severity TEXT, count INTEGER);"
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
          "INSERT INTO data_loss SELECT i, 'k', 'note', 1 FROM n;"
          "ALTER TABLE data_loss ADD COLUMN text TEXT NOT NULL DEFAULT '" +
              long_text + "'");
  EXPECT_THAT(refusal_after("DELETE FROM closed"),
              HasSubstr("table data_loss has more in it than the file can hold"));
}

TEST_F(hostile, reading_that_takes_too_many_steps_ends) {
  auto const db = capture_detail::open_connection(":memory:", SQLITE_OPEN_READWRITE);
  capture_detail::step_limit const limit(db.get(), 0);
  try {
    (void)capture_detail::query_text(db.get(), fmt::format("SELECT count(*) FROM ({})", endless));
    FAIL();
  } catch (capture_detail::sqlite_failure const& e) {
    EXPECT_EQ(e.code(), SQLITE_INTERRUPT);
  }
}

TEST_F(hostile, steps_are_in_proportion_to_the_file) {
  using capture_detail::step_limit;
  auto const mib = std::int64_t{1} << 20;
  auto const small = step_limit::steps_for(capture_detail::bytes_in_memory(0));
  auto const large =
      step_limit::steps_for(capture_detail::bytes_in_memory(static_cast<std::size_t>(64 * mib)));
  EXPECT_GE(small, 1'000'000);
  EXPECT_GE(large - small, 64 * mib * 16);
  EXPECT_GT(step_limit::steps_for(std::numeric_limits<std::int64_t>::max()), large);
}

TEST_F(hostile, names_in_messages_cannot_steer_a_terminal) {
  auto const said = refusal_after("UPDATE scope SET phase = 'a' || char(27) || '[2Jb' WHERE id = 1");
  EXPECT_THAT(said, AllOf(HasSubstr("a\\x1b[2Jb"), Not(HasSubstr("\x1b"))));
  auto const missing = refusal([&] { capture_reader r(folder_ / "no\x1b[31m\n.flops"); });
  EXPECT_THAT(missing,
              AllOf(HasSubstr("no\\x1b[31m\\n.flops"), Not(HasSubstr("\x1b")), Not(HasSubstr("\n"))));
}

}  // namespace
}  // namespace flopwatch::test
