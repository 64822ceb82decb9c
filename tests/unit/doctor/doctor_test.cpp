// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "doctor/doctor.hpp"

#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/doctor_facts.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(check_cupti, the_one_used_and_why_others_are_not) {
  auto f = good_machine();
  auto const line = check_cupti(f);
  EXPECT_EQ(line.state, finding::good);
  EXPECT_EQ(line.text, "13.0 (130001), torch wheel");
  EXPECT_THAT(line.details,
              ElementsAre("/a/libcupti.so.13",
                          "not used: 12.8 or 12.9, CUDA toolkit (another copy is used): /b/libcupti.so.12"));
}

TEST(check_cupti, several_names_in_one_folder_share_a_line) {
  auto f = good_machine();
  f.copies.push_back({"CUDA toolkit", "/b/libcupti.so", "12.8 or 12.9", 0, "another copy is used"});
  f.copies.push_back({"the linker", "/b/libcupti.so.1", "12.8 or 12.9", 0, "another copy is used"});
  auto const details = check_cupti(f).details;
  ASSERT_EQ(details.size(), 3U);
  EXPECT_THAT(details[1], testing::EndsWith(": /b/libcupti.so.12, libcupti.so"));
  EXPECT_THAT(details[2], testing::EndsWith(": /b/libcupti.so.1"));
}

TEST(check_cupti, one_passed_over_is_a_note) {
  auto f = good_machine();
  f.used->passed_over = "FLOPWATCH_CUPTI names /c, but it is too new";
  auto const line = check_cupti(f);
  EXPECT_EQ(line.state, finding::note);
  EXPECT_THAT(line.details, testing::Contains("FLOPWATCH_CUPTI names /c, but it is too new"));
}

TEST(check_cupti, none_is_bad) {
  auto f = good_machine();
  f.used.reset();
  f.cupti = badly("no CUPTI that works here was found; install one", exit_code::usage);
  auto const line = check_cupti(f);
  EXPECT_EQ(line.state, finding::bad);
  EXPECT_EQ(line.code, exit_code::no_device);
  EXPECT_EQ(line.text, "no CUPTI that works here was found");
  EXPECT_EQ(line.remedy, "install one");
}

TEST(check_profiler, each_outcome) {
  auto f = good_machine();
  EXPECT_EQ(check_profiler(f).state, finding::good);
  f.profiler = badly("the driver is older than CUPTI; update the driver", exit_code::no_device);
  EXPECT_EQ(check_profiler(f).state, finding::bad);
  EXPECT_EQ(check_profiler(f).remedy, "update the driver");
  f.profiler = {};
  EXPECT_EQ(check_profiler(f).state, finding::unchecked);
}

TEST(check_chip, each_outcome) {
  auto f = good_machine();
  EXPECT_EQ(check_chip(f).text, "GH100, known to this CUPTI");
  for (auto& d : f.devices)
    d.passes.plan = badly("CUPTI knows no chip GX1; use a newer CUPTI", exit_code::usage);
  EXPECT_EQ(check_chip(f).state, finding::bad);
  EXPECT_EQ(check_chip(f).code, exit_code::no_device);
  EXPECT_EQ(check_passes(f).state, finding::unchecked);
  for (auto& d : f.devices) d.chip = "";
  EXPECT_EQ(check_chip(f).state, finding::unchecked);
}

TEST(check_counting, each_outcome) {
  auto f = good_machine();
  EXPECT_EQ(check_counting(f).state, finding::good);
  EXPECT_EQ(check_counting(f).text, "a kernel of 512 fused multiply-adds was counted, exactly");
  for (auto& d : f.devices) d.trial.read = 511;
  EXPECT_EQ(check_counting(f).state, finding::bad);
  EXPECT_EQ(check_counting(f).code, exit_code::no_device);
  EXPECT_THAT(check_counting(f).text, HasSubstr("was counted as 511"));
  EXPECT_THAT(check_counting(f).remedy, HasSubstr("MPS"));
  for (auto& d : f.devices) d.trial.read = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(check_counting(f).text, HasSubstr("was counted as nothing"));
  for (auto& d : f.devices)
    d.trial.counting = badly("the counters are busy; end the other profiler", exit_code::no_device);
  EXPECT_EQ(check_counting(f).state, finding::bad);
  EXPECT_EQ(check_counting(f).remedy, "end the other profiler");
  for (auto& d : f.devices) d.trial = {};
  EXPECT_EQ(check_counting(f).state, finding::unchecked);
}

TEST(check_passes, of_each_set) {
  auto f = good_machine();
  EXPECT_EQ(check_passes(f).text, "cuda-core 1, tensor 6, full 7");
  f.devices[1].passes.full = 9;
  EXPECT_THAT(check_passes(f).details, ElementsAre("cuda:1: cuda-core 1, tensor 6, full 9"));
}

TEST(check_passes, without_what_a_slice_lacks) {
  auto f = good_machine();
  f.devices[1].passes.lacking = {"sm__a.sum"};
  EXPECT_EQ(check_passes(f).state, finding::note);
  EXPECT_THAT(check_passes(f).text, HasSubstr("7; this device cannot count 1 metric of its chip: sm__a.sum"));
  EXPECT_THAT(check_passes(f).remedy, HasSubstr("use a whole GPU"));
}

TEST(check_passes, without_a_gpu_show_that_planning_works) {
  auto f = machine_without_gpu();
  EXPECT_THAT(check_passes(f).text, HasSubstr("CUPTI's host library works; passes on a GH100: cuda-core 1"));
  f.example.plan = badly("nvperf is missing; install it", exit_code::no_device);
  EXPECT_EQ(check_passes(f).state, finding::bad);
  f.example = {};
  EXPECT_EQ(check_passes(f).state, finding::unchecked);
}

TEST(doctor, a_good_machine_ends_with_zero) {
  auto const lines = examine(good_machine());
  for (auto const& l : lines) EXPECT_EQ(l.state, finding::good) << l.name << ": " << l.text;
  EXPECT_EQ(exit_code_of(lines), exit_code::good);
  EXPECT_THAT(doctor_text(lines), HasSubstr("\nKernels can be measured here.\n"));
}

TEST(doctor, without_a_gpu_it_ends_with_three) {
  auto const lines = examine(machine_without_gpu());
  EXPECT_EQ(exit_code_of(lines), exit_code::no_device);
  EXPECT_THAT(doctor_text(lines),
              AllOf(HasSubstr("BAD   driver"), HasSubstr("ok    CUPTI"), HasSubstr("ok    passes"),
                    HasSubstr("\nNothing can be measured here: see driver.\n")));
}

TEST(doctor, without_permission_it_ends_with_four) {
  auto f = good_machine();
  for (auto& d : f.devices) d.permission = badly("refused", exit_code::not_permitted);
  auto const lines = examine(f);
  EXPECT_EQ(exit_code_of(lines), exit_code::not_permitted);
  EXPECT_THAT(doctor_text(lines), HasSubstr("may not measure them: see permission."));
}

TEST(doctor, what_hides_the_gpu_weighs_more_than_permission) {
  auto f = good_machine();
  for (auto& d : f.devices) d.permission = badly("refused", exit_code::not_permitted);
  for (auto& d : f.devices) d.mps = true;
  EXPECT_EQ(exit_code_of(examine(f)), exit_code::no_device);
}

TEST(doctor, notes_do_not_change_the_end) {
  auto f = good_machine();
  f.processes.dcgm = f.environment.kineto_daemon = f.environment.mps_pipe = f.wsl = true;
  f.environment.cuda_injection = "/other.so";
  f.devices[0].mig = true;
  EXPECT_EQ(exit_code_of(examine(f)), exit_code::good);
}

TEST(doctor, every_line_has_a_name_and_says_something) {
  auto lost = machine_without_gpu();
  lost.cupti = badly("lost", exit_code::no_device);
  lost.used.reset();
  lost.example = {};
  for (auto const& f : {good_machine(), machine_without_gpu(), lost, doctor_facts()}) {
    for (auto const& l : examine(f)) {
      EXPECT_NE(l.name, "");
      EXPECT_TRUE(!l.text.empty() || l.name == "driver" || l.name == "CUPTI") << l.name;
    }
  }
}

TEST(doctor, lines_are_no_wider_than_they_must_be) {
  auto f = machine_without_gpu();
  f.processes.profilers = {"nsys", "ncu", "cuda-gdb"};
  f.environment.visible_devices = "cuda:0";
  std::istringstream text(doctor_text(examine(f)));
  for (std::string line; std::getline(text, line);) {
    EXPECT_LE(line.size(), 100U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(doctor, json_has_every_check) {
  auto const lines = examine(machine_without_gpu());
  auto const json = doctor_json(lines);
  for (auto const& l : lines) EXPECT_THAT(json, HasSubstr("\"check\": \"" + l.name + "\""));
  EXPECT_THAT(json, AllOf(HasSubstr("\"exit_code\": 3"), HasSubstr("\"state\": \"bad\""),
                          HasSubstr("\"state\": \"unchecked\""), HasSubstr("\"remedy\": null")));
}

}  // namespace
}  // namespace flopwatch::test
