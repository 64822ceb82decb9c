// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "capture/writer.hpp"

/// \file
/// Made-up records with every field different, and what tests of captures share.

namespace flopwatch::test {

inline constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

/// A folder of its own for one test.
class test_folder {
 public:
  test_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "flopwatch test #%?-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  test_folder(test_folder const&) = delete;
  test_folder& operator=(test_folder const&) = delete;
  ~test_folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path operator/(std::string const& name) const { return path_ / name; }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (auto const& e : std::filesystem::directory_iterator(path_))
      out.push_back(e.path().filename().string());
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  std::filesystem::path path_;
};

inline std::vector<unsigned char> bytes_of(std::filesystem::path const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void put_bytes(std::filesystem::path const& path, std::vector<unsigned char> const& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// Changes a capture as a person at `sqlite3` would.
inline void sql(std::filesystem::path const& path, std::string const& text) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
  sqlite3_free(message);
  sqlite3_close(db);
}

/// Rows as "a|b", as the sqlite3 program shows them.
inline std::vector<std::string> query(std::filesystem::path const& path, std::string const& text) {
  sqlite3* db = nullptr;
  std::vector<std::string> out;
  auto const row = [](void* rows, int n, char** values, char**) {
    std::string line;
    for (int i = 0; i < n; ++i)
      line += (i == 0 ? "" : "|") + std::string(values[i] == nullptr ? "" : values[i]);
    static_cast<std::vector<std::string>*>(rows)->push_back(line);
    return 0;
  };
  char* message = nullptr;
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, text.c_str(), row, &out, &message), SQLITE_OK) << message;
  sqlite3_free(message);
  sqlite3_close(db);
  return out;
}

/// The message of the capture_error that `f` throws; "" when it throws none.
template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (capture_error const& e) {
    return e.what();
  }
  return "";
}

inline std::vector<launch_record> launches_of(capture_reader const& reader) {
  std::vector<launch_record> out;
  reader.for_each_launch([&](launch_record const& r) {
    out.push_back(r);
    return true;
  });
  return out;
}

inline std::vector<scope_range_record> scope_ranges_of(capture_reader const& reader) {
  std::vector<scope_range_record> out;
  reader.for_each_scope_range([&](scope_range_record const& r) {
    out.push_back(r);
    return true;
  });
  return out;
}

/// The kept images, by the id of their chunk.
inline std::map<std::int64_t, std::vector<std::uint8_t>> images_of(capture_reader const& reader) {
  std::map<std::int64_t, std::vector<std::uint8_t>> out;
  reader.for_each_raw_image([&](raw_chunk_record const& r, std::vector<std::uint8_t> const& image) {
    out[r.id] = image;
    return true;
  });
  return out;
}

/// Two records of each kind with every field of its own, in the order in which `load` gives them.
struct synthetic_records {
  std::map<std::string, std::string> info{{"created_utc", "2026-01-31T12:00:00Z"}, {"synthetic", "yes"}};
  std::vector<module_record> modules{
      {1, "Attention", false, true, false, rule_origin::custom, "count_attention", 11},
      {2, "Linear", true, false, true, rule_origin::thop, "Linear", 12},
      {7, "Dropout", true, true, true, rule_origin::none, "", most}};
  std::vector<module_path_record> module_paths{{1, 0, "", "", 1}, {3, 1, "qkv", "attn.qkv", 2}};
  std::vector<scope_record> scopes{{1, 0, "", "Attention", 1, 1, phase::forward, 21},
                                   {2, 1, "attn.qkv", "Linear", 2, 3, phase::backward, 22},
                                   {3, 2, "a", "T", 4, 5, phase::recompute, 23},
                                   {4, 3, "b", "U", 6, 7, phase::optimizer, most}};
  std::vector<operator_call_record> operator_calls{{1,
                                                    2,
                                                    "aten::mm",
                                                    "[640,768] [768,2304]",
                                                    phase::forward,
                                                    operator_status::counted,
                                                    arithmetic::multiply_add,
                                                    precision::fp32,
                                                    31,
                                                    {32, 33, 34},
                                                    "a note"},
                                                   {2,
                                                    3,
                                                    "aten::softmax",
                                                    "[5]",
                                                    phase::backward,
                                                    operator_status::no_arithmetic,
                                                    arithmetic::other,
                                                    precision::bf16,
                                                    35,
                                                    {36, 37, 38},
                                                    ""},
                                                   {5,
                                                    4,
                                                    "aten::mm",
                                                    "",
                                                    phase::recompute,
                                                    operator_status::unsupported,
                                                    arithmetic::none,
                                                    precision::unknown,
                                                    most,
                                                    {most, least, most},
                                                    "no rule"},
                                                   {6,
                                                    0,
                                                    "my::op",
                                                    "-",
                                                    phase::optimizer,
                                                    operator_status::partly_counted,
                                                    arithmetic::none,
                                                    precision::int8,
                                                    41,
                                                    {42, 43, 44},
                                                    "inner"}};
  std::vector<formula_call_record> formula_calls{{2, 1, formula_unit::operations, 51, 52, "[1] -> [2]"},
                                                 {1, 2, formula_unit::macs, 53, least, ""}};
  std::vector<metric_record> metrics{
      {1, 1, "sm__ffma.sum", "inst", 0}, {2, 1, "sm__rate.pct", "%", 1}, {3, 2, "sm__ffma.sum", "inst/x", 2}};
  std::vector<kernel_record> kernels{{1, "_Z4gemmv", "gemm()"}, {9, "_Z4softv", "soft()"}};
  std::vector<graph_kernel_record> graph_kernels{{8, 9, 2, 1, phase::backward, 55},
                                                 {7, least, most, 56, phase::forward, most}};
  std::vector<launch_record> launches{
      {1, 1, 9, 2, 3, phase::forward, 0, 61, 62, 63, 64, 65, 66, 67, 68, 69, {71.0, 0.5}},
      {2, 2, 1, 4, 5, phase::backward, 1, 61, 72, 73, 74, 75, 76, 77, 78, 79, {std::nullopt}},
      {4, 0, 1, 0, 0, phase::recompute, 2, 61, 82, 83, 84, 85, 86, 87, 88, 89, {}, true},
      {3, 1, 1, 1, 1, phase::optimizer, most, 62, least, most, 1, 2, 3, 4, 5, 6, {std::nullopt, 0.25}}};
  std::vector<scope_range_record> scope_ranges{{1, 2, 4, phase::backward, 0, 61, 70, {6.0}},
                                               {2, 1, 0, phase::optimizer, 1, 61, most, {std::nullopt, 0.5}}};
  std::vector<counter_group_record> counter_groups{
      {1, 1, "GH100", 130000, {1, 0, 255}}, {1, 0, "", least, {}}, {2, 2, "GA100", 28, {7}}};
  std::vector<raw_chunk_record> raw_chunks{{1, 1, 0, 61, 0, 101, 102, false, true, 5000},
                                           {2, 1, 1, 62, 103, 104, 105, true, false, most},
                                           {4, 2, 2, least, most, most, most, true, true, 3}};
  /// Of the kept chunks, in their order: one that zstd makes smaller and one that it does not.
  std::vector<std::vector<std::uint8_t>> images{std::vector<std::uint8_t>(5000, 9), {1, 0, 2}};
  std::vector<data_loss_record> losses{{"rule_failed", severity::error, 91, "A rule threw."},
                                       {"calls_folded", severity::note, 92, "Folded."},
                                       {"rule_failed", severity::warning, most, ""}};
};

inline void write(capture_writer& w, synthetic_records const& s) {
  for (auto const& [k, v] : s.info) w.set_info(k, v);
  for (auto const& r : s.modules) w.add(r);
  for (auto const& r : s.module_paths) w.add(r);
  for (auto const& r : s.scopes) w.add(r);
  for (auto const& r : s.operator_calls) w.add(r);
  for (auto const& r : s.formula_calls) w.add(r);
  w.add_plan(1, {s.metrics[0], s.metrics[1]});
  w.add_plan(2, {s.metrics[2]});
  for (auto const& r : s.kernels) w.add(r);
  for (auto const& r : s.graph_kernels) w.add(r);
  for (auto const& r : s.launches) w.add(r);
  for (auto const& r : s.scope_ranges) w.add(r);
  for (auto const& r : s.counter_groups) w.add(r);
  w.add(s.raw_chunks[0], s.images[0]);
  w.add(s.raw_chunks[1]);
  w.add(s.raw_chunks[2], s.images[1]);
  for (auto const& r : s.losses) w.add(r);
}

inline bool same_group(launch_group const& a, launch_group const& b) {
  return a.plan == b.plan && a.kernel == b.kernel && a.scope == b.scope &&
         a.operator_call == b.operator_call && a.phase == b.phase && a.launches == b.launches &&
         a.sums == b.sums && a.in_scope_range == b.in_scope_range && a.graph == b.graph;
}
inline bool same_group(scope_range_group const& a, scope_range_group const& b) {
  return a.plan == b.plan && a.scope == b.scope && a.phase == b.phase && a.ranges == b.ranges &&
         a.launches == b.launches && a.sums == b.sums;
}

template <class Group>
bool same_groups(std::vector<Group> const& a, std::vector<Group> const& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](Group const& x, Group const& y) { return same_group(x, y); });
}

/// Everything but `losses` and `complete`.
inline bool same_tables(capture_data const& a, capture_data const& b) {
  return a.info == b.info && a.modules == b.modules && a.module_paths == b.module_paths &&
         a.scopes == b.scopes && a.operator_calls == b.operator_calls && a.formula_calls == b.formula_calls &&
         a.metrics == b.metrics && a.kernels == b.kernels && a.graph_kernels == b.graph_kernels &&
         a.counter_groups == b.counter_groups && a.raw_chunks == b.raw_chunks &&
         same_groups(a.launch_groups, b.launch_groups) &&
         same_groups(a.scope_range_groups, b.scope_range_groups);
}

}  // namespace flopwatch::test
