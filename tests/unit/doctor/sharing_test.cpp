// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "doctor/sharing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/doctor_facts.hpp"

namespace flopwatch::test {
namespace {

using testing::HasSubstr;

/// A machine whose driver is too old to say whether MPS is used.
doctor_facts on_an_old_driver() {
  auto f = good_machine();
  for (auto& d : f.devices) d.mps.reset();
  return f;
}

TEST(check_mps, by_what_is_running_where_the_driver_does_not_say) {
  auto f = on_an_old_driver();
  EXPECT_EQ(check_mps(f).state, finding::good);
  f.environment.mps_pipe = true;
  EXPECT_EQ(check_mps(f).state, finding::note);
  f.processes.mps = true;
  expect_bad(check_mps(f), exit_code::no_device);
}

TEST(check_mps, the_driver_knows_better) {
  auto f = good_machine();
  f.environment.mps_pipe = true;
  EXPECT_EQ(check_mps(f).state, finding::good);
  f.processes.mps = true;
  EXPECT_EQ(check_mps(f).state, finding::note);
  EXPECT_THAT(check_mps(f).remedy, HasSubstr("CUDA_MPS_PIPE_DIRECTORY"));
  f.processes.mps = f.environment.mps_pipe = false;
  for (auto& d : f.devices) d.mps = true;
  expect_bad(check_mps(f), exit_code::no_device);
  EXPECT_THAT(check_mps(f).text, HasSubstr("count the work of all of them"));
}

TEST(check_mig, each_outcome) {
  auto f = good_machine();
  EXPECT_EQ(check_mig(f).state, finding::good);
  f.mig_instances = true;
  EXPECT_THAT(check_mig(f).text, HasSubstr("no visible device is one"));
  f.devices[1].mig = true;
  f.devices[1].name = "NVIDIA H200 MIG 1g.18gb";
  EXPECT_EQ(check_mig(f).state, finding::note);
  EXPECT_THAT(check_mig(f).text, HasSubstr("cuda:1: this is an isolated slice"));
  EXPECT_EQ(check_mig(f).remedy, "");
  f.devices[1].name = "NVIDIA H200 MIG 1c.3g.71gb";
  EXPECT_THAT(check_mig(f).text, HasSubstr("metrics of units that it shares are not collected"));
  EXPECT_THAT(check_mig(f).remedy, HasSubstr("as large as its GPU instance"));
  EXPECT_EQ(check_mig(machine_without_gpu()).state, finding::unchecked);
}

TEST(slices, by_the_name_of_the_device) {
  for (auto const* name : {"A100 MIG 1g.5gb", "A100 MIG 7g.40gb", "A100 MIG 1g.5gb+me"}) {
    EXPECT_TRUE(is_slice(name)) << name;
    EXPECT_FALSE(is_shared_slice(name)) << name;
  }
  for (auto const* name : {"A100 MIG 1c.3g.20gb", "A100 MIG 2c.3g.20gb", "A100 MIG 1c.2g.10gb+me"}) {
    EXPECT_TRUE(is_slice(name)) << name;
    EXPECT_TRUE(is_shared_slice(name)) << name;
  }
  EXPECT_FALSE(is_slice("NVIDIA H200"));
  for (auto const* name : {"NVIDIA H200", "1c.3g.20gb", "A100 MIG c.3g", "A100 MIG ", "A100 MIG 12"})
    EXPECT_FALSE(is_shared_slice(name)) << name;
}

}  // namespace
}  // namespace flopwatch::test
