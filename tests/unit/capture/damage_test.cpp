// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class damage_test : public testing::Test {
 protected:
  damage_test() {
    capture_writer w(path_);
    write(w, {});
    for (std::int64_t i = 100; i < 600; ++i) {
      launch_record r;
      r.id = r.order = i;
      r.plan = 1;
      r.scope = i % 9;
      r.counters = {static_cast<double>(i * i), i % 2 == 0 ? std::nullopt : std::optional(0.5)};
      w.add(r);
    }
    w.close();
    good_ = capture_reader(path_).load();
    launches_ = launches_of(capture_reader(path_));
  }

  std::string load_refusal() const {
    return refusal([&] { (void)capture_reader(path_).load(); });
  }
  /// The message after the capture was changed by SQL and its checksums were taken off.
  std::string refusal_after(std::string const& change) const {
    sql(path_, "UPDATE closed SET checksum = NULL; PRAGMA ignore_check_constraints = ON; " + change);
    return load_refusal();
  }
  /// Reads `reader`: throws capture_error, or gives the right data, or says that it is incomplete.
  void expect_right_or_refused(auto const& open, std::string const& what) const {
    try {
      capture_reader const reader = open();
      auto const d = reader.load();
      if (d.complete) {
        EXPECT_TRUE(same_tables(d, good_) && d.losses == good_.losses) << what << ": wrong data";
        EXPECT_EQ(launches_of(reader) == launches_, true) << what << ": wrong launches";
        ++right_;
      } else {
        EXPECT_EQ(d.losses.back().kind, "capture_incomplete") << what;
        ++incomplete_;
      }
    } catch (capture_error const& e) {
      EXPECT_FALSE(std::string(e.what()).empty());
      ++refused_;
    }
  }

  test_folder folder_;
  std::filesystem::path path_ = folder_ / "a.flops";
  capture_data good_;
  std::vector<launch_record> launches_;
  mutable int right_ = 0, incomplete_ = 0, refused_ = 0;
};

TEST_F(damage_test, no_capture_at_all) {
  EXPECT_THAT(refusal([&] { capture_reader r(folder_ / "none.flops"); }),
              AllOf(HasSubstr("none.flops"), HasSubstr("no such file")));
  EXPECT_THAT(refusal([&] { capture_reader r(folder_ / ""); }), HasSubstr("it is a folder"));
  EXPECT_THAT(refusal([&] { capture_reader r{std::filesystem::path()}; }), HasSubstr("path is empty"));
  EXPECT_THAT(refusal([&] { capture_reader r("/dev/null"); }), HasSubstr("not a regular file"));
  put_bytes(path_, {});
  EXPECT_THAT(load_refusal(), HasSubstr("the file is empty"));
  put_bytes(path_, std::vector<unsigned char>(5000, 'x'));
  EXPECT_THAT(load_refusal(), HasSubstr("not a SQLite database"));
  EXPECT_THAT(refusal([&] { (void)capture_reader::from_bytes({}); }), HasSubstr("is empty"));
  EXPECT_THAT(refusal([&] {
                (void)capture_reader::from_bytes({1, 2, 3});
              }),
              HasSubstr("not a SQLite database"));
}

TEST_F(damage_test, another_programs_database) {
  sql(folder_ / "other.db", "CREATE TABLE t(x)");
  EXPECT_THAT(refusal([&] { capture_reader r(folder_ / "other.db"); }),
              AllOf(HasSubstr("other.db"), HasSubstr("another program's SQLite database")));
  sql(path_, "PRAGMA application_id = 12");
  EXPECT_THAT(load_refusal(), HasSubstr("another program's SQLite database"));
}

TEST_F(damage_test, another_version) {
  sql(path_, "PRAGMA user_version = 7");
  EXPECT_THAT(load_refusal(),
              HasSubstr("made by a newer flopwatch (capture version 7, this one reads 2 to 6); update"));
  EXPECT_THAT(refusal([&] { (void)capture_reader::from_bytes(bytes_of(path_)); }),
              HasSubstr("newer flopwatch"));
  for (std::string const version : {"1", "0", "-1"}) {
    sql(path_, "PRAGMA user_version = " + version);
    EXPECT_THAT(load_refusal(),
                HasSubstr("has capture version " + version + ", and this flopwatch reads 2 to 6"));
  }
}

TEST_F(damage_test, no_closed_mark) {
  sql(path_, "DELETE FROM closed");
  auto const d = capture_reader(path_).load();
  EXPECT_FALSE(d.complete);
  EXPECT_TRUE(same_tables(d, good_));
  ASSERT_EQ(d.losses.size(), good_.losses.size() + 1);
  EXPECT_EQ(d.losses.back().kind, "capture_incomplete");
  EXPECT_EQ(d.losses.back().severity, severity::error);
}

TEST_F(damage_test, words_that_are_none) {
  EXPECT_THAT(refusal_after("UPDATE scope SET phase = 'sideways' WHERE id = 2"),
              AllOf(HasSubstr("a.flops"), HasSubstr("table scope, column phase: 'sideways'"),
                    HasSubstr("fresh copy")));
}

TEST_F(damage_test, every_enumerated_column_is_checked) {
  for (auto const* column : {"module.rule", "scope.phase", "operator_call.phase", "operator_call.status",
                             "operator_call.arithmetic", "operator_call.precision", "formula_call.unit",
                             "launch.phase", "scope_range.phase", "data_loss.severity"}) {
    std::string const name = column;
    auto const dot = name.find('.');
    auto const bytes = bytes_of(path_);
    EXPECT_THAT(refusal_after("UPDATE " + name.substr(0, dot) + " SET " + name.substr(dot + 1) + " = 'x'"),
                HasSubstr("table " + name.substr(0, dot) + ", column " + name.substr(dot + 1)));
    put_bytes(path_, bytes);
  }
}

TEST_F(damage_test, types_that_are_wrong) {
  EXPECT_THAT(refusal_after("UPDATE kernel SET name = x'00' WHERE id = 1"),
              HasSubstr("table kernel, column name: it is no text"));
}

TEST_F(damage_test, numbers_that_are_none) {
  EXPECT_THAT(refusal_after("UPDATE scope SET call = 'first'"),
              HasSubstr("table scope, column call: it is no whole number"));
}

TEST_F(damage_test, reals_where_whole_numbers_belong) {
  EXPECT_THAT(refusal_after("UPDATE operator_call SET macs = 0.5"),
              HasSubstr("column macs: it is no whole number"));
}

TEST_F(damage_test, booleans_that_are_none) {
  EXPECT_THAT(refusal_after("UPDATE module SET transparent = 2"), HasSubstr("2 is neither 0 nor 1"));
}

TEST_F(damage_test, counters_that_are_text) {
  EXPECT_THAT(refusal_after("UPDATE counters_1 SET sm__ffma_sum = 'x' WHERE launch = 1"),
              HasSubstr("table counters_1, column sm__ffma_sum: it is no number"));
  EXPECT_THAT(refusal([&] { (void)launches_of(capture_reader(path_)); }), HasSubstr("it is no number"));
}

TEST_F(damage_test, counters_that_are_missing) {
  EXPECT_THAT(refusal_after("DELETE FROM counters_1 WHERE launch = 300"), HasSubstr("launch 300 has no row"));
  EXPECT_THAT(refusal([&] { (void)launches_of(capture_reader(path_)); }), HasSubstr("launch 300 has no row"));
  EXPECT_THAT(refusal_after("DELETE FROM counters_1"), HasSubstr("launch 1 has no row"));
}

TEST_F(damage_test, counters_of_scope_ranges_that_are_missing) {
  EXPECT_THAT(refusal_after("DELETE FROM scope_range_counters_2"), HasSubstr("scope_range 1 has no row"));
  EXPECT_THAT(refusal([&] { (void)scope_ranges_of(capture_reader(path_)); }),
              HasSubstr("scope_range 1 has no row"));
}

TEST_F(damage_test, counters_of_no_launch) {
  EXPECT_THAT(refusal_after("DELETE FROM launch WHERE id = 599"),
              HasSubstr("counters_1 has a row of no launch"));
}

TEST_F(damage_test, launches_of_no_plan) {
  EXPECT_THAT(refusal_after("UPDATE launch SET plan = 8 WHERE id = 1"),
              HasSubstr("launch 1 belongs to plan 8"));
  EXPECT_THAT(refusal([&] { (void)launches_of(capture_reader(path_)); }), HasSubstr("plan 8"));
}

TEST_F(damage_test, metrics_of_no_plan) {
  EXPECT_THAT(refusal_after("UPDATE metric SET plan = 8 WHERE id = 1"),
              HasSubstr("metric 1 belongs to plan 8"));
}

TEST_F(damage_test, operators_that_are_missing) {
  EXPECT_THAT(refusal_after("DELETE FROM operator WHERE id = 1"),
              HasSubstr("names operator 1, which is not there"));
}

TEST_F(damage_test, tables_that_are_missing) {
  EXPECT_THAT(refusal_after("DROP TABLE formula_call"),
              AllOf(HasSubstr("a.flops"), HasSubstr("formula_call")));
}

TEST_F(damage_test, metric_columns_that_are_missing) {
  EXPECT_THAT(refusal_after("UPDATE metric SET \"column\" = 'other' WHERE id = 1"), HasSubstr("other"));
}

TEST_F(damage_test, metric_columns_that_are_sql) {
  EXPECT_THAT(refusal_after("UPDATE metric SET \"column\" = 'x\"; DROP TABLE launch; --' WHERE id = 1"),
              HasSubstr("DROP TABLE launch"));
  EXPECT_EQ(query(path_, "SELECT count(*) FROM launch"), std::vector<std::string>{"504"});
}

TEST_F(damage_test, changed_values_do_not_match_the_checksum) {
  auto const bytes = bytes_of(path_);
  for (auto const* change :
       {"UPDATE info SET value = 'no' WHERE key = 'synthetic'",
        "UPDATE module SET parameters = 13 WHERE id = 2",
        "UPDATE module_path SET name = 'Qkv' WHERE id = 3",
        "UPDATE scope SET entries = 1 WHERE id = 1",
        "UPDATE operator SET name = 'aten::mn' WHERE id = 1",
        "UPDATE operator_call SET macs = 1 WHERE id = 1",
        "UPDATE formula_call SET amount = 53 WHERE id = 1",
        "UPDATE metric SET unit = 'x' WHERE id = 1",
        "UPDATE kernel SET demangled = 'x' WHERE id = 1",
        "UPDATE launch SET stream = 1 WHERE id = 300",
        "UPDATE counters_1 SET sm__ffma_sum = sm__ffma_sum + 1 WHERE launch = 300",
        "UPDATE counters_1 SET sm__ffma_sum = NULL WHERE launch = 300",
        "UPDATE scope_range SET launches = 1 WHERE id = 1",
        "UPDATE scope_range_counters_2 SET sm__ffma_sum = 7 WHERE scope_range = 1",
        "UPDATE data_loss SET count = 1 WHERE id = 1",
        "DELETE FROM kernel WHERE id = 1",
        "UPDATE counter_group SET config_image = x'0100fe' WHERE plan = 1 AND metric_group = 1",
        "UPDATE raw_chunk SET first_order = 1 WHERE id = 1",
        "UPDATE raw_chunk SET kept = 0 WHERE id = 1",
        "INSERT INTO plan VALUES (9); CREATE TABLE counters_9(launch INTEGER PRIMARY KEY)"}) {
    sql(path_, change);
    EXPECT_THAT(load_refusal(), HasSubstr("checksum differs")) << change;
    put_bytes(path_, bytes);
  }
  sql(path_, "UPDATE launch SET stream = 1 WHERE id = 300");
  EXPECT_THAT(refusal([&] { (void)launches_of(capture_reader(path_)); }), HasSubstr("checksum differs"));
  put_bytes(path_, bytes);
  sql(path_, "UPDATE counters_1 SET sm__rate_pct = 0.25 WHERE launch = 301");
  EXPECT_THAT(refusal([&] { (void)launches_of(capture_reader(path_)); }), HasSubstr("checksum differs"));
}

TEST_F(damage_test, what_is_added_beside_or_rearranged_does_no_harm) {
  sql(path_, "CREATE TABLE mine(x); CREATE INDEX i ON launch(kernel); VACUUM; ANALYZE;");
  auto const d = capture_reader(path_).load();
  EXPECT_TRUE(d.complete);
  EXPECT_TRUE(same_tables(d, good_));
}

TEST_F(damage_test, an_edited_capture_is_read_when_its_checksums_are_taken_off) {
  sql(path_, "UPDATE info SET value = 'no' WHERE key = 'synthetic'; UPDATE closed SET checksum = NULL");
  auto const d = capture_reader(path_).load();
  EXPECT_TRUE(d.complete);
  EXPECT_EQ(d.info.at("synthetic"), "no");
}

TEST_F(damage_test, cut_anywhere) {
  auto const bytes = bytes_of(path_);
  std::vector<std::size_t> lengths{1, 15, 16, 17, 99, 100, 101, bytes.size() - 1};
  for (std::size_t n = 512; n < bytes.size(); n += 509) lengths.push_back(n);
  for (auto const n : lengths) {
    std::vector<unsigned char> const cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    put_bytes(path_, cut);
    expect_right_or_refused([&] { return capture_reader(path_); }, "cut at " + std::to_string(n));
    expect_right_or_refused([&] { return capture_reader::from_bytes(cut); }, "cut at " + std::to_string(n));
  }
  EXPECT_EQ(refused_, static_cast<int>(2 * lengths.size()));
}

TEST_F(damage_test, flipped_anywhere) {
  auto bytes = bytes_of(path_);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    // The whole header, then a spread over what is in use, and a little of what is not.
    if (i < 110 || (bytes[i] != 0 ? i % 17 == 0 : i % 1009 == 0)) places.push_back(i);
  }
  int const masks[] = {0x01, 0x80, 0xff, 0x10};
  for (std::size_t n = 0; n < places.size(); ++n) {
    auto& byte = bytes[places[n]];
    auto const old = byte;
    byte = static_cast<unsigned char>(old ^ masks[n % 4]);
    expect_right_or_refused([&] { return capture_reader::from_bytes(bytes); },
                            "byte " + std::to_string(places[n]) + " ^ " + std::to_string(masks[n % 4]));
    byte = old;
  }
  EXPECT_GT(refused_, 500);
  EXPECT_GT(right_, 100);  // free space, texts of views, counters in the header
}

TEST_F(damage_test, flipped_in_a_file) {
  auto bytes = bytes_of(path_);
  for (std::size_t i = 0; i < bytes.size(); i += i < 110 ? 1 : 4999) {
    bytes[i] = static_cast<unsigned char>(~bytes[i]);
    put_bytes(path_, bytes);
    expect_right_or_refused([&] { return capture_reader(path_); }, "byte " + std::to_string(i));
    bytes[i] = static_cast<unsigned char>(~bytes[i]);
  }
  EXPECT_EQ(folder_.files(), std::vector<std::string>{"a.flops"});
}

}  // namespace
}  // namespace flopwatch::test
