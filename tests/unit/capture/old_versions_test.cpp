// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Captures of versions 2 and 3 are read as what they hold.
#include "capture/checksum.hpp"
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

using testing::HasSubstr;

/// Puts scope ranges where version 3 had them, and renames what it named otherwise.
constexpr char const* to_version_3 = R"sql(
DROP VIEW launches_1; DROP VIEW launches_2; DROP VIEW launches;
DROP VIEW scope_ranges_1; DROP VIEW scope_ranges_2; DROP VIEW scope_ranges; DROP VIEW formula_calls;
DROP VIEW process_operator_calls; DROP TABLE process; DROP TABLE process_rows; DROP TABLE process_scope;
DROP TABLE process_info; DROP TABLE process_loss; DELETE FROM closed WHERE table_name LIKE 'process%';
DROP VIEW graph_kernels; DROP TABLE graph_kernel; DELETE FROM closed WHERE table_name = 'graph_kernel';
DROP VIEW reuse_keys; DROP VIEW reuse_counts; DROP VIEW reuse_checks;
DROP TABLE reuse_key; DROP TABLE reuse_count; DROP TABLE reuse_check; DROP TABLE reuse_audit;
DELETE FROM closed WHERE table_name LIKE 'reuse%';
ALTER TABLE launch RENAME COLUMN in_scope_range TO covers;
UPDATE launch SET covers = 1 - covers;
INSERT INTO launch SELECT 1000 + id, plan, 0, scope, 0, phase, order_in_context, context, 0, 0,
  1, 1, 1, 1, 1, 1, launches FROM scope_range;
INSERT INTO counters_1 SELECT 1000 + scope_range, sm__ffma_sum, sm__rate_pct FROM scope_range_counters_1;
INSERT INTO counters_2 SELECT 1000 + scope_range, sm__ffma_sum FROM scope_range_counters_2;
DROP TABLE scope_range; DROP TABLE scope_range_counters_1; DROP TABLE scope_range_counters_2;
DELETE FROM closed WHERE table_name LIKE 'scope_range%';
ALTER TABLE metric RENAME COLUMN metric_group TO pass;
ALTER TABLE counter_group RENAME COLUMN metric_group TO pass;
ALTER TABLE raw_chunk RENAME COLUMN metric_group TO pass;
ALTER TABLE formula_call RENAME COLUMN unit TO family;
PRAGMA user_version = 3;
)sql";

/// What the writer of that version would have put into table `closed`.
std::string sum_of(std::filesystem::path const& path, std::string const& table) {
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  sqlite3_stmt* rows = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(db, ("SELECT * FROM " + table).c_str(), -1, &rows, nullptr), SQLITE_OK);
  capture_detail::table_sum sum;
  while (sqlite3_step(rows) == SQLITE_ROW) {
    capture_detail::row_hash row;
    for (int i = 0; i < sqlite3_column_count(rows); ++i) {
      switch (sqlite3_column_type(rows, i)) {
        case SQLITE_NULL:
          row.null();
          break;
        case SQLITE_INTEGER:
          row.integer(sqlite3_column_int64(rows, i));
          break;
        case SQLITE_FLOAT:
          row.real(sqlite3_column_double(rows, i));
          break;
        default:
          row.text(reinterpret_cast<char const*>(sqlite3_column_text(rows, i)));
      }
    }
    sum.add(row);
  }
  sqlite3_finalize(rows);
  sqlite3_close(db);
  return "UPDATE closed SET rows = " + std::to_string(sum.rows) +
         ", checksum = " + std::to_string(static_cast<std::int64_t>(sum.checksum)) + " WHERE table_name = '" +
         table + "';";
}

class old_versions : public testing::Test {
 protected:
  old_versions() {
    capture_writer w(path_);
    write(w, {});
    w.close();
    good_ = capture_reader(path_).load();
    good_.graph_kernels.clear();  // nor had these versions a place for them
    sql(path_, to_version_3);
    for (auto const* table : {"launch", "counters_1", "counters_2"}) sql(path_, sum_of(path_, table));
  }

  test_folder folder_;
  std::filesystem::path path_ = folder_ / "a.flops";
  capture_data good_;
};

TEST_F(old_versions, scope_ranges_were_launches_of_kernel_0) {
  for (std::string const version : {"3", "2"}) {
    sql(path_, "PRAGMA user_version = " + version);
    capture_reader const reader(path_);
    auto const d = reader.load();
    EXPECT_TRUE(d.complete);
    EXPECT_TRUE(same_tables(d, good_)) << version;
    EXPECT_EQ(launches_of(reader), synthetic_records().launches);
    auto ranges = synthetic_records().scope_ranges;
    for (auto& r : ranges) r.id += 1000;
    EXPECT_EQ(scope_ranges_of(reader), ranges);
  }
}

TEST_F(old_versions, every_row_is_in_the_checksums) {
  auto const bytes = bytes_of(path_);
  for (auto const* change :
       {"UPDATE launch SET covers = 3 WHERE id = 1001", "DELETE FROM launch WHERE id = 4",
        "UPDATE counters_2 SET sm__ffma_sum = 7 WHERE launch = 1001"}) {
    sql(path_, change);
    EXPECT_NE(refusal([&] { (void)capture_reader(path_).load(); }), "") << change;
    EXPECT_THAT(refusal([&] { (void)launches_of(capture_reader(path_)); }), HasSubstr("checksum differs"))
        << change;
    EXPECT_THAT(refusal([&] { (void)scope_ranges_of(capture_reader(path_)); }), HasSubstr("checksum differs"))
        << change;
    put_bytes(path_, bytes);
  }
}

TEST_F(old_versions, a_range_of_fewer_than_no_launches_is_damage) {
  sql(path_, "UPDATE closed SET checksum = NULL; UPDATE launch SET covers = -1 WHERE id = 1001");
  EXPECT_THAT(refusal([&] { (void)capture_reader(path_).load(); }),
              HasSubstr("scope range 1001 has -1 launches"));
}

TEST(a_capture_of_version_2, is_read) {
  std::filesystem::path const path = FLOPWATCH_SOURCE_DIR "/tests/captures/attention-cpu.flops";
  ASSERT_EQ(query(path, "PRAGMA user_version"), std::vector<std::string>{"2"});
  auto const d = capture_reader(path).load();
  EXPECT_TRUE(d.complete);
  EXPECT_FALSE(d.operator_calls.empty());
  EXPECT_TRUE(d.scope_range_groups.empty());
}

}  // namespace
}  // namespace flopwatch::test
