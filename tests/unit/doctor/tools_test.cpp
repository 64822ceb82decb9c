// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/doctor_facts.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(check_holders, nobody) { EXPECT_EQ(check_holders(good_machine()).state, finding::good); }

TEST(check_holders, the_name_of_who_is_subscribed) {
  auto f = good_machine();
  f.callbacks = badly("cuptiSubscribe (held by Nsight): another profiler is attached; run without it",
                      exit_code::no_device);
  f.processes.dcgm = true;
  auto const line = check_holders(f);
  expect_bad(line, exit_code::no_device);
  EXPECT_THAT(line.text, HasSubstr("held by Nsight"));
  EXPECT_THAT(line.details, ElementsAre(HasSubstr("dcgmi profile --pause")));
}

TEST(check_holders, dcgm_profilers_and_kineto) {
  auto f = good_machine();
  f.processes.dcgm = true;
  f.processes.profilers = {"nsys", "ncu"};
  f.environment.kineto_daemon = true;
  auto const line = check_holders(f);
  EXPECT_EQ(line.state, finding::note);
  EXPECT_THAT(line.text, HasSubstr("DCGM (nv-hostengine) is running"));
  EXPECT_THAT(line.remedy, HasSubstr("dcgmi profile --pause"));
  EXPECT_THAT(line.details, ElementsAre(HasSubstr("nsys is running"), HasSubstr("ncu is running"),
                                        HasSubstr("KINETO_USE_DAEMON is set")));
}

TEST(check_injection, each_outcome) {
  auto f = good_machine();
  EXPECT_EQ(check_injection(f).state, finding::good);
  f.environment.cuda_injection = "/usr/lib/libflopwatch_inject.so";
  EXPECT_EQ(check_injection(f).state, finding::good);
  EXPECT_THAT(check_injection(f).text, HasSubstr("flopwatch itself"));
  f.environment.nvtx_injection = "/opt/nsight/libToolsInjection64.so";
  auto const line = check_injection(f);
  EXPECT_EQ(line.state, finding::note);
  EXPECT_EQ(line.text, "another tool is loaded into CUDA programs, by NVTX_INJECTION64_PATH");
  EXPECT_NE(line.remedy, "");
  EXPECT_THAT(line.details, ElementsAre("CUDA_INJECTION64_PATH=/usr/lib/libflopwatch_inject.so",
                                        "NVTX_INJECTION64_PATH=/opt/nsight/libToolsInjection64.so"));
}

TEST(check_injection, compute_sanitizer_changes_the_kernels) {
  environment_facts by_preload;
  by_preload.preload = "/a/libsanitizer-collection.so:/a/libTreeLauncherTargetInjection.so";
  environment_facts by_nvtx;
  by_nvtx.nvtx_injection = "libsanitizer-collection.so";
  environment_facts by_cuda;
  by_cuda.cuda_injection = "/a/libsanitizer-collection.so";
  environment_facts by_port;
  by_port.sanitizer_port = true;
  for (auto const& [environment, name] :
       {std::pair(by_preload, "LD_PRELOAD"), std::pair(by_nvtx, "NVTX_INJECTION64_PATH"),
        std::pair(by_cuda, "CUDA_INJECTION64_PATH"),
        std::pair(by_port, "NV_SANITIZER_INJECTION_PORT_BASE")}) {
    auto f = good_machine();
    f.environment = environment;
    auto const line = check_injection(f);
    expect_bad(line, exit_code::no_device);
    EXPECT_THAT(line.text, AllOf(HasSubstr("compute-sanitizer"), HasSubstr(name)));
    EXPECT_EQ(line.remedy, "count without compute-sanitizer");
  }
}

TEST(check_injection, what_is_preloaded) {
  auto f = good_machine();
  f.environment.preload = "/usr/lib/libjemalloc.so";
  EXPECT_EQ(check_injection(f).state, finding::good);
  f.environment.preload = "/opt/ncu/libTreeLauncherTargetInjection.so";
  EXPECT_EQ(check_injection(f).state, finding::note);
  EXPECT_THAT(check_injection(f).text, HasSubstr("by LD_PRELOAD"));
}

TEST(check_injection, settings_of_the_debugger) {
  auto f = good_machine();
  f.environment.debugger_setting = "CUDBG_USE_LEGACY_DEBUGGER";
  EXPECT_EQ(check_injection(f).state, finding::note);
  EXPECT_THAT(check_injection(f).text, HasSubstr("CUDBG_USE_LEGACY_DEBUGGER is set, for cuda-gdb"));
}

TEST(check_holders, who_traces_this_program) {
  auto f = good_machine();
  f.tracer = "cuda-gdb-minima";
  f.processes.profilers = {"cuda-gdb"};
  auto const line = check_holders(f);
  expect_bad(line, exit_code::no_device);
  EXPECT_THAT(line.text, HasSubstr("cuda-gdb-minima debugs this program"));
  EXPECT_THAT(line.details, ElementsAre(HasSubstr("cuda-gdb is running")));
  f.tracer = "strace";
  EXPECT_EQ(check_holders(f).state, finding::note);
  EXPECT_EQ(check_holders(f).text, "strace traces this program");
}

}  // namespace
}  // namespace flopwatch::test
