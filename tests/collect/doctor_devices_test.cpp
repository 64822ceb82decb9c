// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What the doctor, and a session, say of devices that are set up in the way of counting, on the stand-in.
#include <functional>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "cupti/device_checks.hpp"
#include "cupti/device_support.hpp"
#include "doctor/doctor.hpp"

using namespace flopwatch::test;
using namespace flopwatch::doctor;
using flopwatch::exit_code;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

/// On CUPTI 13.1, whose device-supported call also answers for the SKU.
class doctor_devices : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_set_profile("13.1");
    standin_kernel_value("flopwatch_doctor", ffma_sum, 0, 8);
  }
  /// The machine has one device, set up like this.
  static void have(std::function<void(standin_device&)> const& change) {
    standin_device device{};
    standin_default_device(&device, 0);
    change(device);
    ASSERT_EQ(standin_set_devices(&device, 1), 0);
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  }
  static std::vector<doctor_line> lines() { return examine(gather_facts()); }
  static doctor_line line(std::vector<doctor_line> const& all, std::string const& name) {
    for (auto const& one : all) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << name;
    return {};
  }
  /// What a session says of the same device: the sentence of its data loss.
  recorded session() const {
    program gpu;
    return counted({.device = "cuda:0", .warmup = 0}, [&] { gpu.launch("a"); });
  }
};

TEST_F(doctor_devices, nothing_is_in_the_way) {
  have([](standin_device&) {});
  auto const all = lines();
  EXPECT_EQ(exit_code_of(all), exit_code::good) << doctor_text(all);
  EXPECT_EQ(line(all, "setup").state, finding::good);
}

TEST_F(doctor_devices, a_vgpu_whose_profiling_is_switched_off_needs_its_setting) {
  have([](standin_device& d) { d.vgpu = CUPTI_PROFILER_CONFIGURATION_DISABLED; });
  auto const all = lines();
  EXPECT_EQ(line(all, "vGPU").state, finding::bad);
  EXPECT_THAT(line(all, "vGPU").text, HasSubstr("switched off"));
  EXPECT_THAT(line(all, "vGPU").remedy, HasSubstr("enable_profiling"));
  EXPECT_THAT(line(all, "permission").remedy,
              AllOf(HasSubstr("enable_profiling"), Not(HasSubstr("modprobe"))));
  EXPECT_EQ(exit_code_of(all), exit_code::not_permitted) << doctor_text(all);
  auto const r = session();
  ASSERT_THAT(r.losses(), testing::ElementsAre("counters_not_permitted"));
  EXPECT_THAT(r.data.losses[0].text, HasSubstr("enable_profiling"));
}

TEST_F(doctor_devices, a_vgpu_without_profiling_needs_more) {
  have([](standin_device& d) { d.vgpu = CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED; });
  auto const all = lines();
  EXPECT_EQ(line(all, "vGPU").state, finding::bad);
  EXPECT_THAT(line(all, "vGPU").remedy, AllOf(HasSubstr("whole GPU"), Not(HasSubstr("enable_profiling"))));
  EXPECT_EQ(exit_code_of(all), exit_code::no_device);
  EXPECT_THAT(doctor_text(all), Not(HasSubstr("enable_profiling")));
  auto const r = session();
  ASSERT_THAT(r.losses(), testing::ElementsAre("counters_refused"));
  EXPECT_THAT(r.data.losses[0].text, AllOf(HasSubstr("whole GPU"), Not(HasSubstr("enable_profiling"))));
}

TEST_F(doctor_devices, a_model_that_cupti_does_not_support_is_named) {
  have([](standin_device& d) { d.sku = CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED; });
  auto const all = lines();
  EXPECT_EQ(line(all, "setup").state, finding::bad);
  EXPECT_THAT(line(all, "setup").text, HasSubstr("this model of GPU"));
  EXPECT_THAT(line(all, "setup").remedy, HasSubstr("newer driver and CUPTI"));
  EXPECT_EQ(exit_code_of(all), exit_code::no_device);
  EXPECT_THAT(session().data.losses.at(0).text, HasSubstr("this model of GPU"));
}

TEST_F(doctor_devices, an_older_cupti_does_not_answer_for_the_model) {
  standin_set_profile("13.0");
  have([](standin_device& d) { d.sku = CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED; });
  auto old = flopwatch::cupti::library();
  flopwatch::cupti::initialise_profiler(old);
  for (int const version : {130000, 130100}) {
    old.version = static_cast<std::uint32_t>(version);
    EXPECT_EQ(flopwatch::cupti::support_of(old, 0).sku, CUPTI_PROFILER_CONFIGURATION_UNKNOWN);
    EXPECT_EQ(flopwatch::cupti::support_of(old, 0).whole, CUPTI_PROFILER_CONFIGURATION_SUPPORTED);
  }
  EXPECT_EQ(standin_violations_of(1), 2U) << "only the copy that says it is newer got the longer struct";
  standin_clear_violations();
}

TEST_F(doctor_devices, shared_through_mps_it_is_not_counted) {
  have([](standin_device& d) { d.mps = 1; });
  auto const all = lines();
  EXPECT_EQ(line(all, "MPS").state, finding::bad);
  EXPECT_THAT(line(all, "MPS").text, HasSubstr("count the work of all of them"));
  EXPECT_THAT(line(all, "MPS").remedy, HasSubstr("CUDA_MPS_PIPE_DIRECTORY"));
  EXPECT_EQ(line(all, "counting").state, finding::unchecked);
  EXPECT_EQ(exit_code_of(all), exit_code::no_device);
  auto const r = session();
  ASSERT_THAT(r.losses(), testing::ElementsAre("counters_refused"));
  EXPECT_THAT(r.data.losses[0].text, AllOf(HasSubstr("through MPS"), HasSubstr("CUDA_MPS_PIPE_DIRECTORY")));
  EXPECT_TRUE(r.measured().empty());
}

TEST_F(doctor_devices, a_driver_that_does_not_know_mps_is_no_obstacle) {
  have([](standin_device& d) { d.mps = 1; });
  standin_add_faults("cuDeviceGetAttribute=1");
  auto const facts = gather_facts();
  EXPECT_EQ(facts.devices.at(0).mps, std::nullopt);
  EXPECT_EQ(line(examine(facts), "counting").state, finding::good);
}

/// What the trial, and nothing before it, is refused by.
doctor_line counting_with(char const* fault) {
  standin_add_faults(fault);
  auto const all = examine(gather_facts());
  standin_clear_faults();
  for (auto const& one : all) {
    if (one.name == "counting") return one;
  }
  return {};
}

TEST_F(doctor_devices, each_refusal_of_the_trial_has_a_remedy_that_fits) {
  have([](standin_device&) {});
  standin_set_counters_busy(1);
  auto const busy = counting_with("");
  EXPECT_EQ(busy.state, finding::bad);
  EXPECT_THAT(busy.text, HasSubstr("someone else holds the GPU's counters"));
  EXPECT_THAT(busy.remedy, HasSubstr("dcgmi profile --pause"));
  standin_set_counters_busy(0);
  auto const refused = counting_with("cuptiRangeProfilerStart=35");
  EXPECT_EQ(refused.code, exit_code::not_permitted);
  EXPECT_THAT(refused.remedy,
              AllOf(HasSubstr("CAP_PERFMON"), HasSubstr("NVreg_RestrictProfilingToAdminUsers=0")));
  for (auto const* const full : {"cuptiRangeProfilerSetConfig=7", "cuptiRangeProfilerEnable=12"}) {
    EXPECT_THAT(counting_with(full).remedy, AllOf(HasSubstr("end other profilers"), Not(HasSubstr("chunk"))))
        << full;
  }
  auto const unknown = counting_with("cuptiRangeProfilerStart=999");
  EXPECT_THAT(unknown.remedy, testing::StartsWith("check the driver"));
  EXPECT_THAT(counting_with("cuLaunchKernel=999").remedy, testing::EndsWith("run on this GPU"));
  EXPECT_EQ(counting_with("").state, finding::good);
}

}  // namespace
