// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What the doctor says of MIG slices, on the stand-in. The driver's names of devices are read once in a
// process.
#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "doctor/doctor.hpp"

using namespace flopwatch::test;
using namespace flopwatch::doctor;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

TEST_F(collect, the_doctor_tells_an_isolated_slice_from_a_shared_one) {
  standin_device devices[3];
  for (int i = 0; i < 3; ++i) {
    standin_default_device(&devices[i], i);
    devices[i].mig = i;
  }
  ASSERT_EQ(standin_set_devices(devices, 3), 0);
  standin_kernel_value("flopwatch_doctor", ffma_sum, 0, 8);
  auto const facts = gather_facts();
  ASSERT_EQ(facts.devices.size(), 3U);
  EXPECT_FALSE(facts.devices[0].mig);
  EXPECT_TRUE(facts.devices[1].mig);
  EXPECT_TRUE(facts.devices[2].mig);
  EXPECT_THAT(facts.devices[1].uuid, HasSubstr("MIG-"));
  auto const line = check_mig(facts);
  EXPECT_EQ(line.state, finding::note);
  EXPECT_THAT(line.text, HasSubstr("cuda:1: this is an isolated slice"));
  EXPECT_THAT(line.details,
              ElementsAre("cuda:0: no", HasSubstr("cuda:2: this slice shares its GPU instance")));
  EXPECT_EQ(exit_code_of(examine(facts)), flopwatch::exit_code::good);
}

}  // namespace
