// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "doctor/files.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flopwatch::test {
using namespace doctor;
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class doctor_files : public testing::Test {
 protected:
  doctor_files() {
    auto pattern = (std::filesystem::temp_directory_path() / "flopwatch-doctor-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~doctor_files() override { std::filesystem::remove_all(root_); }
  void put(std::string const& path, std::string const& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  doctor_facts read() const {
    doctor_facts f;
    read_machine(f, root_);
    return f;
  }
  std::filesystem::path root_;
};

TEST_F(doctor_files, of_a_machine_without_anything) {
  auto const f = read();
  EXPECT_FALSE(f.kernel_module);
  EXPECT_FALSE(f.mig_instances);
  EXPECT_FALSE(f.wsl);
  EXPECT_FALSE(f.administrator);
  EXPECT_EQ(f.admin_only, std::nullopt);
  EXPECT_THAT(f.gpus, IsEmpty());
  EXPECT_FALSE(f.processes.dcgm || f.processes.mps);
}

TEST_F(doctor_files, gpus_and_permission) {
  put("proc/driver/nvidia/params", "ResmanDebugLevel: 4294967295\nRmProfilingAdminOnly: 1\nOther: 0\n");
  put("proc/driver/nvidia/gpus/0000:01:00.0/information",
      "Model: \t\t NVIDIA H200\nIRQ:   \t\t 18\nGPU UUID: \t GPU-aa\nBus Type: \t PCIe\n");
  put("proc/driver/nvidia/gpus/0000:02:00.0/information", "Model: \t NVIDIA L4\n");
  auto const f = read();
  EXPECT_TRUE(f.kernel_module);
  EXPECT_EQ(f.admin_only, true);
  ASSERT_EQ(f.gpus.size(), 2U);
  EXPECT_EQ(f.gpus[0].model, "NVIDIA H200");
  EXPECT_EQ(f.gpus[0].uuid, "GPU-aa");
  EXPECT_EQ(f.gpus[1].model, "NVIDIA L4");
  EXPECT_EQ(f.gpus[1].uuid, "");
}

TEST_F(doctor_files, counters_for_everyone) {
  put("proc/driver/nvidia/params", "RmProfilingAdminOnlyX: 1\nRmProfilingAdminOnly: 0\n");
  EXPECT_EQ(read().admin_only, false);
}

TEST_F(doctor_files, mig_instances) {
  put("proc/driver/nvidia/capabilities/gpu0/mig/config", "");
  EXPECT_FALSE(read().mig_instances);
  put("proc/driver/nvidia/capabilities/gpu0/mig/gi1/access", "");
  EXPECT_TRUE(read().mig_instances);
}

TEST_F(doctor_files, wsl) {
  put("proc/version", "Linux version 6.1.0 (gcc)\n");
  EXPECT_FALSE(read().wsl);
  put("proc/version", "Linux version 5.15.90.1-microsoft-standard-WSL2\n");
  EXPECT_TRUE(read().wsl);
}

TEST_F(doctor_files, administrators) {
  put("proc/self/status",
      "Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t00000000a80425fb\n");  // docker's default
  EXPECT_FALSE(read().administrator);
  put("proc/self/status", "CapEff:\t0000000000200000\n");
  EXPECT_TRUE(read().administrator);
  EXPECT_FALSE(read().perfmon);
  put("proc/self/status", "CapEff:\t0000004000000000\n");
  EXPECT_TRUE(read().perfmon);
  EXPECT_FALSE(read().administrator);
  put("proc/self/status", "CapEff:\tnonsense\n");
  EXPECT_FALSE(read().administrator);
}

TEST_F(doctor_files, the_release_of_the_kernels_driver) {
  EXPECT_EQ(read().driver_release, std::nullopt);
  put("proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX x86_64 Kernel Module  565.57.01  Thu Oct 10 12:29:05 UTC 2024\nGCC version: 12.3.0\n");
  EXPECT_EQ(read().driver_release, 565);
  put("proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build\n");
  EXPECT_EQ(read().driver_release, 580);
  put("proc/driver/nvidia/version", "NVRM version: none\n");
  EXPECT_EQ(read().driver_release, std::nullopt);
}

TEST_F(doctor_files, who_traces_this_program) {
  put("proc/self/status", "TracerPid:\t0\n");
  EXPECT_EQ(read().tracer, "");
  put("proc/self/status", "TracerPid:\t77\n");
  EXPECT_EQ(read().tracer, "process 77");
  put("proc/77/comm", "cuda-gdb-minima\n");
  EXPECT_EQ(read().tracer, "cuda-gdb-minima");
}

TEST_F(doctor_files, processes) {
  put("proc/1/comm", "init\n");
  put("proc/20/comm", "nv-hostengine\n");
  put("proc/21/comm", "nvidia-cuda-mps\n");
  put("proc/22/comm", "nsys\n");
  put("proc/23/comm", "nsys\n");
  put("proc/24/comm", "ncurses\n");
  put("proc/25/comm", "cuda-gdb-python\n");
  put("proc/26/comm", "compute-sanitiz\n");
  put("proc/self/comm", "ncu\n");
  auto const p = read().processes;
  EXPECT_TRUE(p.dcgm);
  EXPECT_TRUE(p.mps);
  EXPECT_THAT(p.profilers, ElementsAre("nsys", "cuda-gdb", "compute-sanitizer"));
}

TEST_F(doctor_files, environment) {
  std::map<std::string, std::string> variables;
  auto const read = [&] {
    return read_environment(
        [&](char const* name) {
          auto const it = variables.find(name);
          return it == variables.end() ? nullptr : it->second.c_str();
        },
        root_);
  };
  auto e = read();
  EXPECT_EQ(e.visible_devices, std::nullopt);
  EXPECT_EQ(e.cuda_injection + e.nvtx_injection, "");
  EXPECT_FALSE(e.kineto_daemon || e.mps_pipe || e.sanitizer_port);
  EXPECT_EQ(e.preload + e.debugger_setting, "");
  variables = {{"CUDA_VISIBLE_DEVICES", ""},
               {"CUDA_INJECTION64_PATH", "/a"},
               {"NVTX_INJECTION64_PATH", "/b"},
               {"KINETO_USE_DAEMON", "1"},
               {"LD_PRELOAD", "/c"},
               {"NV_SANITIZER_INJECTION_PORT_BASE", "49152"},
               {"CUDBG_USE_LEGACY_DEBUGGER", "1"}};
  put("tmp/nvidia-mps/control", "");
  e = read();
  EXPECT_EQ(e.visible_devices, "");
  EXPECT_EQ(e.cuda_injection, "/a");
  EXPECT_EQ(e.nvtx_injection, "/b");
  EXPECT_TRUE(e.kineto_daemon);
  EXPECT_EQ(e.preload, "/c");
  EXPECT_TRUE(e.sanitizer_port);
  EXPECT_EQ(e.debugger_setting, "CUDBG_USE_LEGACY_DEBUGGER");
  EXPECT_TRUE(e.mps_pipe);
  variables["KINETO_USE_DAEMON"] = "0";
  variables["CUDA_MPS_PIPE_DIRECTORY"] = (root_ / "elsewhere").string();
  e = read();
  EXPECT_FALSE(e.kineto_daemon);
  EXPECT_FALSE(e.mps_pipe);
  put("elsewhere/control", "");
  EXPECT_TRUE(read().mps_pipe);
}

}  // namespace
}  // namespace flopwatch::test
