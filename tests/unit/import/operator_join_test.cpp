// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// How often an import ran what a capture of its operators has: synthetic captures, exports and files.
#include <gmock/gmock.h>

#include "unit/import/importing.hpp"
#include "unit/import/ncu_rows.hpp"
#include "unit/import/nsys_export.hpp"

namespace flopwatch::test {
namespace {

using capture_detail::scratch_folder;
using testing::HasSubstr;

struct model {
  std::string root = "Net", inner = "Linear";  ///< types; "" for plain scopes
  std::string root_path = "", inner_path = "fc";
  std::int64_t entries = 1;
  bool work_outside = false;
};

operator_call_record product(std::int64_t id, std::int64_t scope, std::int64_t calls) {
  operator_call_record c;
  c.id = id;
  c.scope = scope;
  c.name = "aten::mm";
  c.shapes = "[2,3] [3,5]";
  c.arithmetic = arithmetic::multiply_add;
  c.precision = precision::fp32;
  c.calls = calls;
  c.total = {30 * calls, 30 * calls, 0};
  return c;
}

/// A capture of a model with one layer of 30 MACs, as `--operators`.
import_options operators(scratch_folder const& folder, model const& m = {}) {
  import_options options;
  options.operators = folder.path() / "synthetic-model.flops";
  capture_writer w(options.operators);
  w.set_info(info_key::formula, "thop 0.1.1 rules");
  w.add(module_record{1, "Net", false, false, true, rule_origin::none, "", 30});
  w.add(module_record{2, "Linear", true, false, true, rule_origin::thop, "Linear", 15});
  w.add(module_path_record{1, 0, "", "", 1});
  w.add(module_path_record{2, 1, "fc", "fc", 2});
  w.add(scope_record{1, 0, m.root_path, m.root, 1, 1, phase::forward, m.entries});
  w.add(scope_record{2, 1, m.inner_path, m.inner, 2, 1, phase::forward, m.entries});
  w.add(product(1, 2, m.entries));
  if (m.work_outside) w.add(product(2, 0, 1));
  w.add(formula_call_record{2, 2, formula_unit::macs, m.entries, 30 * m.entries, ""});
  w.close();
  return options;
}

std::string own_root(int call) { return "|Net|" + std::to_string(call) + "|forward"; }
constexpr auto own_layer = "fc|Linear|1|forward";

/// Iterations of a model with flopwatch's ranges, one kernel in each; `around`: a plain range of that name
/// and the number of the iteration.
std::filesystem::path nsys_iterations(scratch_folder const& folder, int count,
                                      std::string const& around = "") {
  std::string sql =
      "DELETE FROM CUPTI_ACTIVITY_KIND_KERNEL; DELETE FROM CUPTI_ACTIVITY_KIND_RUNTIME;"
      "DELETE FROM NVTX_EVENTS WHERE eventType = 59;";
  auto const range = [&](int begin, int end, int domain, std::string const& text) {
    sql += "INSERT INTO NVTX_EVENTS VALUES (" + std::to_string(begin) + "," + std::to_string(end) + ",59," +
           thread + "," + std::to_string(domain) + ",'" + text + "',NULL);";
  };
  for (int i = 0; i < count; ++i) {
    auto const at = 100 * i;
    auto const number = std::to_string(i + 1);
    if (!around.empty()) range(at + 5, at + 95, 0, around + number);
    range(at + 10, at + 90, 9, own_root(i + 1));
    range(at + 20, at + 80, 9, own_layer);
    sql += "INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (" + std::to_string(at + 30) + "," + number + "," +
           thread + ");";
    sql += "INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (" + std::to_string(at + 95) + "," + number +
           ",16777216,1,0,1,7,2,1,1,32,1,1);";
  }
  auto const file = folder.path() / "synthetic.sqlite";
  std::filesystem::remove(file);
  make_export(file, sql);
  return file;
}

std::string cell(std::vector<std::pair<std::string, std::string>> const& ranges) {
  std::string out = "\"7";
  for (auto const& [domain, name] : ranges)
    out += "  \"\"" + domain + ":" + name + ":none:none:none:none:none:none\"\"";
  return out + "\"";
}

std::string const wide_header =
    std::string("ID,Kernel Name,") +
    "\"thread Domain:Push/Pop_Range:PL_Type:PL_Value:CLR_Type:Color:Msg_Type:Msg\"," + ffma + "\n,,,inst\n";

std::string wide_row(int id, std::string const& ranges) {
  return std::to_string(id) + ",k," + ranges + ",4\n";
}

void expect_work(imported const& got, std::int64_t macs) {
  auto const a = analyse(got.data);
  EXPECT_EQ(a.tree.operator_total.macs, macs);
  EXPECT_EQ(a.tree.formula_macs, macs);
}

TEST(operator_join, counts_each_iteration_of_own_ranges_in_nsys) {
  auto const folder = scratch_folder::create();
  auto const options = operators(folder);
  auto const got = import_files({nsys_iterations(folder, 3)}, options);
  expect_work(got, 90);
  ASSERT_EQ(got.data.scopes.size(), 2U);
  for (auto const& s : got.data.scopes) EXPECT_EQ(s.entries, 3) << s.path;
  for (auto const& l : got.launches) {
    EXPECT_EQ(got.path_of(l), "fc");
    EXPECT_EQ(l.record.operator_call, 1);
  }
  EXPECT_EQ(got.lost("import_not_joined"), 0);
  EXPECT_EQ(got.lost("import_entries_unknown"), 0);
}

TEST(operator_join, counts_each_iteration_of_own_ranges_in_ncu) {
  auto const folder = scratch_folder::create();
  std::string text = wide_header;
  for (int i = 0; i < 6; ++i) {
    // Two kernels in each iteration.
    text += wide_row(i, cell({{"flopwatch", own_root(1 + i / 2)}, {"flopwatch", own_layer}}));
  }
  auto const got = import_text(text, operators(folder));
  expect_work(got, 90);
  EXPECT_EQ(got.data.scopes.size(), 2U);
  EXPECT_EQ(got.lost("import_not_joined"), 0);
  EXPECT_EQ(got.lost("import_entries_unknown"), 0);
}

TEST(operator_join, keeps_the_calls_of_a_module_below_the_top_apart) {
  auto const got =
      import_text(wide_header + wide_row(0, cell({{"flopwatch", own_root(1)}, {"flopwatch", own_layer}})) +
                  wide_row(1, cell({{"flopwatch", own_root(1)}, {"flopwatch", "fc|Linear|2|forward"}})));
  ASSERT_EQ(got.data.scopes.size(), 3U);
  EXPECT_EQ(got.data.scopes[2].call, 2);
}

TEST(operator_join, collapses_top_calls_inside_a_range_of_the_program) {
  auto const folder = scratch_folder::create();
  auto const got = import_files({nsys_iterations(folder, 3, "iteration ")}, operators(folder));
  // Each plain range has a root of its own, and only one of them can stand for the capture's.
  EXPECT_EQ(got.lost("import_not_joined"), 4);
  EXPECT_GT(got.lost("import_entries_unknown"), 0);
  expect_work(got, 30);
  EXPECT_EQ(report_exit_code(analyse(got.data)), 5);
}

TEST(operator_join, says_that_iterations_do_not_divide) {
  auto const folder = scratch_folder::create();
  auto const got = import_files({nsys_iterations(folder, 3)}, operators(folder, {.entries = 2}));
  EXPECT_EQ(got.lost("import_entries_unknown"), 1);
  EXPECT_THAT(got.loss_text("import_entries_unknown"), HasSubstr("fc"));
  EXPECT_EQ(report_exit_code(analyse(got.data)), 5);
  auto const whole = import_files({nsys_iterations(folder, 4)}, operators(folder, {.entries = 2}));
  EXPECT_EQ(whole.lost("import_entries_unknown"), 0);
  expect_work(whole, 120);
}

TEST(operator_join, says_that_ncu_does_not_show_how_often_a_range_was_entered) {
  auto const folder = scratch_folder::create();
  model const plain{.root = "", .inner = "", .root_path = "net", .inner_path = "net.fc"};
  auto const ranges = cell({{"<default domain>", "net"}, {"<default domain>", "fc"}});
  auto const text = wide_header + wide_row(0, ranges) + wide_row(1, ranges) + wide_row(2, ranges);
  auto const got = import_text(text, operators(folder, plain));
  EXPECT_EQ(got.lost("import_entries_unknown"), 1);
  EXPECT_EQ(report_exit_code(analyse(got.data)), 5);
  // One launch in a range is one entry.
  auto const once = import_text(wide_header + wide_row(0, ranges), operators(folder, plain));
  EXPECT_EQ(once.lost("import_entries_unknown"), 0);
  expect_work(once, 30);
}

TEST(operator_join, says_that_a_file_without_ranges_does_not_show_iterations) {
  auto const folder = scratch_folder::create();
  auto const got =
      import_text(long_header + row(0, "k", ffma, "4") + row(1, "k", ffma, "4"), operators(folder));
  expect_work(got, 30);
  EXPECT_EQ(got.lost("import_entries_unknown"), 1);
}

TEST(operator_join, says_that_work_outside_modules_may_have_run_more_often) {
  auto const folder = scratch_folder::create();
  auto const options = operators(folder, {.work_outside = true});
  auto const once = import_files({nsys_iterations(folder, 1)}, options);
  EXPECT_EQ(once.lost("import_entries_unknown"), 0);
  EXPECT_EQ(analyse(once.data).tree.operator_total.macs, 60);
  auto const got = import_files({nsys_iterations(folder, 3)}, options);
  EXPECT_EQ(got.lost("import_entries_unknown"), 1);
  EXPECT_EQ(analyse(got.data).tree.operator_total.macs, 180);
}

}  // namespace
}  // namespace flopwatch::test
