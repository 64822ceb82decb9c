// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor/devices.hpp"
#include "unit/doctor/doctor_facts.hpp"

namespace flopwatch::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(check_setup, no_obstacle) {
  auto const f = good_machine();
  for (auto const& line : {check_vgpu(f), check_confidential_computing(f), check_other_setup(f)}) {
    EXPECT_EQ(line.state, finding::good) << line.name;
  }
}

TEST(check_setup, without_a_gpu_nothing_is_checked) {
  auto const f = machine_without_gpu();
  for (auto const& line : {check_vgpu(f), check_confidential_computing(f), check_other_setup(f)}) {
    EXPECT_EQ(line.state, finding::unchecked) << line.name;
    EXPECT_THAT(line.text, HasSubstr("no GPU"));
  }
}

/// The machine where all devices refuse because of one thing.
doctor_facts refusing(support device_facts::*level) {
  auto f = good_machine();
  for (auto& d : f.devices) d.*level = d.whole = support::refused;
  return f;
}

TEST(check_setup, each_thing_has_its_line_and_no_other) {
  auto const vgpu = refusing(&device_facts::vgpu);
  expect_bad(check_vgpu(vgpu), exit_code::no_device);
  EXPECT_EQ(check_confidential_computing(vgpu).state, finding::good);
  EXPECT_EQ(check_other_setup(vgpu).state, finding::good);
  auto const confidential = refusing(&device_facts::confidential);
  expect_bad(check_confidential_computing(confidential), exit_code::no_device);
  EXPECT_EQ(check_other_setup(confidential).state, finding::good);
  EXPECT_EQ(check_other_setup(refusing(&device_facts::wsl)).state, finding::good);
  for (auto const& [level, word] :
       {std::pair(&device_facts::architecture, "too old"), std::pair(&device_facts::sli, "SLI"),
        std::pair(&device_facts::cmp, "CMP"), std::pair(&device_facts::sku, "model"),
        std::pair(&device_facts::whole, "without giving a reason")}) {
    auto const line = check_other_setup(refusing(level));
    expect_bad(line, exit_code::no_device);
    EXPECT_THAT(line.text, HasSubstr(word));
  }
}

TEST(check_setup, a_vgpu_that_was_switched_off_is_a_permission) {
  auto f = refusing(&device_facts::vgpu);
  EXPECT_THAT(check_vgpu(f).remedy, Not(HasSubstr("enable_profiling")));
  for (auto& d : f.devices) {
    d.vgpu = support::disabled;
    d.permission = badly("the hypervisor forbids it; set enable_profiling", exit_code::not_permitted);
  }
  expect_bad(check_vgpu(f), exit_code::not_permitted);
  EXPECT_THAT(check_vgpu(f).remedy, HasSubstr("enable_profiling"));
  EXPECT_EQ(check_permission(f).remedy, "set enable_profiling");
  EXPECT_EQ(check_other_setup(f).state, finding::good);
}

TEST(check_setup, when_cupti_does_not_answer) {
  auto f = good_machine();
  for (auto& d : f.devices) d.levels = badly("asking failed; update the driver", exit_code::no_device);
  EXPECT_EQ(check_vgpu(f).state, finding::unchecked);
  expect_bad(check_other_setup(f), exit_code::no_device);
}

TEST(for_each_device, equal_ones_share_a_line_and_the_worst_is_first) {
  auto f = good_machine();
  f.devices.push_back(good_device());
  f.devices[1].mig = true;
  auto const line = for_each_device(f, "name", [](device_facts const& d) -> doctor_line {
    if (d.mig) return {"", finding::note, "sliced", "do this", {}, {}};
    return {"", finding::good, "whole", "", {}, {}};
  });
  EXPECT_EQ(line.name, "name");
  EXPECT_EQ(line.state, finding::note);
  EXPECT_EQ(line.text, "cuda:1: sliced");
  EXPECT_EQ(line.remedy, "do this");
  EXPECT_THAT(line.details, ElementsAre("cuda:0, cuda:2: whole"));
}

}  // namespace
}  // namespace flopwatch::test
