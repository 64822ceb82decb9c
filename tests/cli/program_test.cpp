// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/writer.hpp"
#include "run_program.hpp"
#include "unit/synthetic/attention_capture.hpp"
#include "unit/synthetic/nested_modules.hpp"
#include "unit/synthetic/training_step.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class program : public testing::Test {
 protected:
  program() {
    test::write_capture(good, test::attention_capture());
    test::write_capture(lossy, test::attention_capture(), true);
    std::ofstream(garbage) << "This is no capture, only some text that is long enough to be read.";
  }

  scratch_folder scratch;
  std::string good = scratch / "synthetic.flops";
  std::string lossy = scratch / "synthetic-lossy.flops";
  std::string garbage = scratch / "garbage.flops";
};

TEST_F(program, reports_a_capture) {
  auto const r = run("report " + good);
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_THAT(r.out, HasSubstr("their sum = formula 1,509,949,440 - operator 2,139,095,040 MACs"));
  EXPECT_THAT(r.err, IsEmpty());
}

TEST_F(program, ends_with_5_for_a_data_loss_of_severity_error) {
  EXPECT_EQ(run("report " + lossy).exit_code, 5);
  auto const json = run("report --json " + lossy);
  EXPECT_EQ(json.exit_code, 5);
  EXPECT_THAT(json.out, HasSubstr("\"exact\": false"));
}

TEST_F(program, ends_with_0_where_an_operator_was_not_counted_though_the_result_is_not_exact) {
  auto c = test::attention_capture();
  c.operator_calls.back().status = operator_status::unsupported;
  auto const file = scratch / "synthetic-uncounted.flops";
  test::write_capture(file, c);
  auto const r = run("report " + file);
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_THAT(r.out, HasSubstr("! NOT EXACT: The work of 1 operator is not known"));
  EXPECT_THAT(run("report --json " + file).out, HasSubstr("\"exact\": false"));
}

TEST_F(program, shows_one_phase_alone) {
  auto const file = scratch / "synthetic-step.flops";
  test::write_capture(file, test::training_step());
  auto const backward = run("report --phase backward " + file);
  EXPECT_EQ(backward.exit_code, 0);
  EXPECT_THAT(backward.out, HasSubstr("phase: backward alone"));
  EXPECT_THAT(backward.out, HasSubstr("3,145,728"));
  EXPECT_THAT(backward.out, Not(HasSubstr("408,944,640")));
  EXPECT_THAT(run("report --json --phase optimizer " + file).out, HasSubstr("\"phase\": \"optimizer\""));
  EXPECT_EQ(run("report --phase sideways " + file).exit_code, 2);
}

TEST_F(program, ends_with_2_for_a_capture_that_cannot_be_read) {
  auto const missing = run("report " + (scratch / "nothing.flops"));
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err, StartsWith("flopwatch: "));
  EXPECT_THAT(missing.err, HasSubstr("nothing.flops"));
  EXPECT_THAT(missing.out, IsEmpty());
  EXPECT_EQ(run("report " + garbage).exit_code, 2);
}

TEST_F(program, ends_with_2_for_wrong_arguments) {
  for (auto const& arguments :
       {std::string(), std::string("frobnicate"), std::string("report"), "report --nope " + good,
        "report --units ounces " + good, "report --color mauve " + good, "report --width 59 " + good,
        "report --depth -1 " + good, "report " + good + " " + good}) {
    auto const r = run(arguments);
    EXPECT_EQ(r.exit_code, 2) << arguments;
    EXPECT_THAT(r.err, StartsWith("flopwatch: ")) << arguments;
    EXPECT_THAT(r.out, IsEmpty()) << arguments;
  }
}

TEST_F(program, names_the_nearest_command_for_one_that_there_is_not) {
  auto const r = run("reprot " + good);
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_THAT(r.err, StartsWith("flopwatch: there is no command 'reprot'; the nearest is 'report'.\n"
                                "Commands: "));
  EXPECT_THAT(r.err,
              AllOf(HasSubstr("report, "), HasSubstr(", doctor, "), HasSubstr("See flopwatch --help.\n")));
  EXPECT_THAT(r.out, IsEmpty());
  EXPECT_THAT(run("--json bogus").err, HasSubstr("no command 'bogus'"));
}

TEST_F(program, exports_by_the_python_that_has_the_package) {
  auto const python = scratch / "python3";
  auto const has = [&](std::string const& script) {
    std::ofstream(python) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(python, std::filesystem::perms::owner_all);
  };
  auto const folder = std::filesystem::path(python).parent_path().string();
  auto const arguments = "export --parquet " + (scratch / "fleet") + " --run mine " + good;
  auto const none = run(arguments, "PATH=" + (scratch / "nothing"));
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, AllOf(StartsWith("flopwatch: "), HasSubstr("pip install 'flopwatch[fleet]'")));
  has("exit 113");
  EXPECT_EQ(run(arguments, "PATH=" + folder).exit_code, 2) << "it has no package";
  has("shift 2; echo \"$@\"; exit 5");
  auto const found = run("export --parquet out --run mine a.flops b.flops", "PATH=" + folder);
  EXPECT_EQ(found.exit_code, 5);
  EXPECT_EQ(found.out, "flopwatch.fleet export --parquet=out --run=mine -- a.flops b.flops\n");
  EXPECT_EQ(run("export --folded a --column operator --hatchet b a.flops", "PATH=" + folder).out,
            "flopwatch.doors export --folded=a --hatchet=b --column=operator -- a.flops\n");
  has("kill -9 $$");
  EXPECT_EQ(run("export --parquet out a.flops", "PATH=" + folder).exit_code, 137);
  EXPECT_EQ(run("export a.flops").exit_code, 2);
  EXPECT_EQ(run("export --parquet out").exit_code, 2);
}

TEST_F(program, says_what_an_export_lacks) {
  auto const refused = [&](std::string const& arguments) {
    auto const found = run("export " + arguments);
    EXPECT_EQ(found.exit_code, 2) << arguments;
    return found.err;
  };
  EXPECT_THAT(refused("a.flops"), HasSubstr("needs a format: --parquet DIR"));
  EXPECT_THAT(refused("--parquet out --hatchet b a.flops"), HasSubstr("run export once for each"));
  EXPECT_THAT(refused("--folded out a.flops b.flops"), HasSubstr("2 were given; flopwatch merge"));
  EXPECT_THAT(refused("--hatchet out --column formula a.flops"), HasSubstr("--folded"));
  EXPECT_THAT(refused("--run mine a.flops"), HasSubstr("--parquet"));
}

TEST_F(program, shows_escapes_of_paths_and_arguments_as_text) {
  std::string const red = "'\x1b[31m'";
  for (auto const& arguments : {"report no" + red + ".flops", "recheck no" + red + ".flops",
                                "bo" + red + "gus", "report --units " + red + " x",
                                "report " + good + ' ' + red, "report --" + red, "metrics --set " + red}) {
    auto const r = run(arguments);
    EXPECT_NE(r.exit_code, 0) << arguments;
    EXPECT_THAT(r.err, AllOf(StartsWith("flopwatch: "), Not(HasSubstr("\x1b")))) << arguments;
  }
  EXPECT_THAT(run("report no" + red + ".flops").err, HasSubstr("no\\x1b[31m.flops"));
}

TEST_F(program, names_an_unfinished_recording_beside_the_capture) {
  EXPECT_THAT(run("report " + good).err, IsEmpty());
  std::filesystem::copy_file(lossy, good + ".part");
  auto const r = run("report " + good);
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_THAT(r.out, HasSubstr("2,139,095,040"));
  EXPECT_THAT(r.err, AllOf(StartsWith("flopwatch: next to "), HasSubstr(good + ".part'\n")));
  std::filesystem::remove(good);
  auto const missing = run("report " + good);
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err,
              AllOf(HasSubstr("ended without being closed"), HasSubstr("read '" + good + ".part'")));
}

TEST_F(program, shows_what_is_in_a_capture_that_was_not_closed) {
  {
    capture_writer w(scratch / "synthetic-open.flops");
    w.set_info(info_key::synthetic, "yes");
  }
  auto const file = scratch / "synthetic-open.flops.part";
  auto const r = run("report " + file);
  EXPECT_EQ(r.exit_code, 5);
  EXPECT_THAT(r.out, AllOf(HasSubstr("! NOT EXACT: this recording ended without being closed"),
                           HasSubstr("capture_incomplete"), HasSubstr("(everything)")));
  auto const json = run("report --json " + file);
  EXPECT_EQ(json.exit_code, 5);
  EXPECT_THAT(json.out, HasSubstr("\"complete\": false"));
}

TEST_F(program, says_where_help_is) {
  EXPECT_THAT(run("report").err, HasSubstr("flopwatch report --help"));
  EXPECT_THAT(run("").err, HasSubstr("flopwatch --help"));
}

TEST_F(program, prints_help_and_version) {
  auto const version = run("--version");
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, testing::MatchesRegex("flopwatch [0-9]+[.][0-9]+[.][0-9]+\n"));
  auto const help = run("report --help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("--no-explain"));
}

TEST_F(program, obeys_its_options) {
  EXPECT_THAT(run("report --no-explain " + good).out, Not(HasSubstr("Why the columns differ")));
  EXPECT_THAT(run("report --units macs " + good).out, Not(HasSubstr("GMACs  GFLOPs")));
  EXPECT_THAT(run("report --depth 1 " + good).out, HasSubstr("(root) (+3)"));
  EXPECT_THAT(run("report --json " + good).out, StartsWith("{\n"));
  EXPECT_NE(run("report --width 60 " + good).out, run("report --width 160 " + good).out);
}

TEST_F(program, colours_a_file_only_when_told_to) {
  EXPECT_THAT(run("report " + good).out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(run("report --color always " + good, "NO_COLOR=1").out, HasSubstr("\x1b[1m"));
}

TEST_F(program, is_not_ended_by_a_broken_pipe) {
  auto const r = shell("( sleep 0.3; \"$FLOPWATCH\" report " + good + "; echo ended with $? >&2 ) | true");
  EXPECT_EQ(r.err, "ended with 0\n");
}

TEST_F(program, says_so_when_output_cannot_be_written) {
  auto const r = shell("\"$FLOPWATCH\" report " + good + " >/dev/full");
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_THAT(r.err, HasSubstr("cannot be written"));
}

#ifndef FLOPWATCH_SANITIZED
TEST_F(program, says_so_when_memory_runs_out) {
  auto const file = scratch / "synthetic-deep.flops";
  test::write_capture(file, test::nested_modules(3000, true));
  for (std::string const command : {"report --json ", "report "}) {
    int good_ends = 0, refusals = 0;
    for (int mb = 30; mb <= 400; mb += mb < 100 ? 5 : 50) {
      auto const r = shell(fmt::format("ulimit -v {}; exec \"$FLOPWATCH\" {}{}", mb * 1024, command, file));
      if (r.exit_code == 127) continue;  // the loader itself found no room
      if (r.exit_code == 0) {
        ++good_ends;
        continue;
      }
      EXPECT_EQ(r.exit_code, 2) << command << mb << " MB: " << r.err;
      EXPECT_THAT(r.err, AllOf(StartsWith("flopwatch: "), HasSubstr("memory"))) << command << mb << " MB";
      ++refusals;
    }
    EXPECT_GT(refusals, 0) << command;
    EXPECT_GT(good_ends, 0) << command;
  }
}
#endif

#ifdef FLOPWATCH_SANITIZED
constexpr int very_deep = 2'000;  // a sanitizer takes fifteen times as long
#else
constexpr int very_deep = 100'000;
#endif

TEST_F(program, reports_modules_that_are_nested_very_deep) {
  auto const file = scratch / "synthetic-deep.flops";
  test::write_capture(file, test::nested_modules(very_deep, false));
  for (std::string const options : {"", "--json ", "--depth 3 ", "--no-explain "}) {
    auto const r = run(fmt::format("report {}{}", options, file));
    EXPECT_EQ(r.exit_code, 0) << options << r.err;
    EXPECT_THAT(r.out, HasSubstr("1,000")) << options;
  }
}

TEST_F(program, leaves_the_capture_as_it_is) {
  auto const before = std::filesystem::last_write_time(good);
  auto const size = std::filesystem::file_size(good);
  EXPECT_EQ(run("report " + good).exit_code, 0);
  EXPECT_EQ(std::filesystem::last_write_time(good), before);
  EXPECT_EQ(std::filesystem::file_size(good), size);
  EXPECT_FALSE(std::filesystem::exists(good + "-wal"));
}

TEST_F(program, demo_needs_nothing_and_says_what_it_is) {
  auto const r = run("demo");
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_THAT(r.out, StartsWith("This is a recording made on a CPU"));
  EXPECT_THAT(r.out, HasSubstr("session.count"));
  EXPECT_THAT(r.out, HasSubstr("2,139,095,040"));
  EXPECT_THAT(run("demo --json").out, StartsWith("{\n"));
}

}  // namespace
}  // namespace flopwatch::test
