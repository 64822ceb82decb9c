// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/doctor_facts.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(check_permission, granted) {
  auto f = good_machine();
  auto line = check_permission(f);
  EXPECT_EQ(line.state, finding::good);
  EXPECT_EQ(line.text, "counters may be read (the driver lets every user)");
  f.admin_only = true;
  EXPECT_EQ(check_permission(f).text, "counters may be read (the driver reserves them for administrators)");
}

TEST(check_permission, refused) {
  auto f = good_machine();
  for (auto& d : f.devices) d.permission = badly("anything", exit_code::not_permitted);
  auto const line = check_permission(f);
  expect_bad(line, exit_code::not_permitted);
  EXPECT_THAT(line.text, HasSubstr("ERR_NVGPUCTRPERM"));
  EXPECT_THAT(line.remedy, HasSubstr("NVreg_RestrictProfilingToAdminUsers=0"));
}

/// The remedy for a user that the driver of this release refuses.
doctor_line refused_by(std::optional<int> release, bool perfmon) {
  auto f = good_machine();
  for (auto& d : f.devices) d.permission = badly("anything", exit_code::not_permitted);
  f.driver_release = release;
  f.perfmon = perfmon;
  return check_permission(f);
}

TEST(check_permission, names_the_least_that_is_enough_for_the_driver) {
  EXPECT_THAT(
      refused_by(565, false).remedy,
      AllOf(testing::StartsWith("run with CAP_PERFMON, which is enough"), Not(HasSubstr("SYS_ADMIN"))));
  EXPECT_THAT(refused_by(560, false).remedy, AllOf(testing::StartsWith("run as root or with CAP_SYS_ADMIN"),
                                                   HasSubstr("from driver 565 on")));
  EXPECT_EQ(refused_by(560, true).remedy, refused_by(560, false).remedy);
  EXPECT_THAT(refused_by(580, true).remedy, HasSubstr("instead of the program's file"));
  EXPECT_THAT(refused_by(std::nullopt, false).remedy, HasSubstr("CAP_PERFMON if the driver is 565 or newer"));
  EXPECT_THAT(refused_by(580, true).details,
              ElementsAre("this program has CAP_PERFMON: yes, CAP_SYS_ADMIN: no; driver release: 580"));
}

TEST(check_permission, refused_on_one_device_alone) {
  auto f = good_machine();
  f.devices[1].permission = badly("anything", exit_code::not_permitted);
  auto const line = check_permission(f);
  EXPECT_EQ(line.state, finding::note);
  EXPECT_EQ(line.code, exit_code::good);
  EXPECT_THAT(line.text, HasSubstr("cuda:1: the driver refuses"));
  EXPECT_THAT(line.details, ElementsAre(HasSubstr("this program has CAP_PERFMON: no"),
                                        "cuda:0: counters may be read (the driver lets every user)"));
}

TEST(check_permission, another_error_keeps_its_sentence) {
  auto f = good_machine();
  for (auto& d : f.devices) d.permission = badly("someone holds the counters; pause it", exit_code::usage);
  auto const line = check_permission(f);
  expect_bad(line, exit_code::no_device);
  EXPECT_EQ(line.text, "someone holds the counters");
  EXPECT_EQ(line.remedy, "pause it");
  for (auto& d : f.devices) d.permission = badly("It failed; do this.", exit_code::usage);
  EXPECT_EQ(check_permission(f).remedy, "do this");
}

TEST(check_permission, without_a_gpu_what_the_driver_says) {
  auto f = machine_without_gpu();
  EXPECT_EQ(check_permission(f).state, finding::unchecked);
  f.admin_only = true;
  EXPECT_EQ(check_permission(f).state, finding::note);
  f.administrator = true;
  EXPECT_EQ(check_permission(f).state, finding::unchecked);
  f.administrator = false;
  f.perfmon = true;
  f.driver_release = 560;
  EXPECT_EQ(check_permission(f).state, finding::note);
  f.driver_release = 565;
  EXPECT_EQ(check_permission(f).state, finding::unchecked);
}

}  // namespace
}  // namespace flopwatch::test
