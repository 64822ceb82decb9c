// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The doctor's own measurement, on the stand-in.
#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "cupti/device_checks.hpp"
#include "doctor/doctor.hpp"
#include "doctor/trial.hpp"

using namespace flopwatch::test;
using namespace flopwatch::doctor;
using testing::HasSubstr;

namespace {

class doctor_trial : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    cuInit(0);
    standin_kernel_value("flopwatch_doctor", ffma_sum, 0, 8);
  }
  static trial_facts trial() {
    auto const& cupti = flopwatch::cupti::library();
    flopwatch::cupti::initialise_profiler(cupti);
    return try_counting(cupti, 0, "GH100", {});
  }
};

TEST_F(doctor_trial, reads_what_its_kernel_does) {
  for (int i = 0; i < 2; ++i) {
    auto const t = trial();
    EXPECT_TRUE(t.counting.succeeded()) << t.counting.error;
    EXPECT_EQ(t.expected, 512);
    EXPECT_EQ(t.read, 512);
  }
  EXPECT_EQ(standin_kernels_run(), 2U);
}

TEST_F(doctor_trial, finds_a_wrong_count) {
  standin_kernel_value("flopwatch_doctor", ffma_sum, 1, 8);
  auto const t = trial();
  EXPECT_TRUE(t.counting.succeeded());
  EXPECT_EQ(t.read, 513);
}

TEST_F(doctor_trial, says_what_is_in_the_way) {
  standin_set_counters_busy(1);
  EXPECT_THAT(trial().counting.error, HasSubstr("someone else holds the GPU's counters"));
  standin_set_counters_busy(0);
  standin_set_permission(0);
  EXPECT_EQ(trial().counting.code, flopwatch::exit_code::not_permitted);
  standin_set_permission(1);
  for (auto const* call : {"cuModuleLoadData", "cuModuleGetFunction", "cuMemAlloc_v2", "cuLaunchKernel",
                           "cuCtxSynchronize", "cuptiRangeProfilerEnable", "cuptiRangeProfilerDecodeData"}) {
    standin_add_faults((std::string(call) + "=999").c_str());
    auto const t = trial();
    EXPECT_FALSE(t.counting.succeeded()) << call;
    EXPECT_THAT(t.counting.error, HasSubstr("999")) << call;
    standin_clear_faults();
  }
  EXPECT_EQ(trial().read, 512) << "nothing stays behind";
}

}  // namespace
