// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "doctor/doctor.hpp"

/// \file
/// Made-up machines for the tests of the doctor.

namespace flopwatch::test {
using namespace doctor;

inline asked well() { return {true, "", exit_code::good}; }
inline asked badly(std::string error, exit_code code) { return {true, std::move(error), code}; }

inline device_facts good_device() {
  device_facts d;
  d.name = "NVIDIA H200";
  d.uuid = "GPU-1";
  d.chip = "GH100";
  d.levels = well();
  d.whole = d.architecture = d.sli = d.vgpu = d.confidential = d.cmp = d.wsl = d.sku = support::fine;
  d.permission = well();
  d.mps = false;
  d.passes = {well(), "GH100", 1, 6, 7};
  d.trial = {well(), 512, 512};
  return d;
}

/// Two GPUs; everything works.
inline doctor_facts good_machine() {
  doctor_facts f;
  f.driver_usable = true;
  f.driver_version = "580.65.06, CUDA 13.0";
  f.kernel_module = true;
  f.gpus = {{"NVIDIA H200", "GPU-1"}, {"NVIDIA H200", "GPU-2"}};
  f.admin_only = false;
  f.devices = {good_device(), good_device()};
  f.devices[1].uuid = "GPU-2";
  f.copies = {{"torch wheel", "/a/libcupti.so.13", "13.0 or 13.1", 130001, ""},
              {"CUDA toolkit", "/b/libcupti.so.12", "12.8 or 12.9", 0, "another copy is used"}};
  f.used = cupti::loaded_library{"torch wheel", "/a/libcupti.so.13", 130001, true, ""};
  f.cupti = f.profiler = f.callbacks = well();
  return f;
}

/// No driver, and a CUPTI that works without one.
inline doctor_facts machine_without_gpu() {
  auto f = good_machine();
  f.driver_usable = f.kernel_module = false;
  f.driver_version = "";
  f.driver_error = "there is no NVIDIA driver here (libcuda.so.1 was not found)";
  f.gpus.clear();
  f.devices.clear();
  f.admin_only.reset();
  f.profiler = f.callbacks = {};
  f.example = {well(), "GH100", 1, 6, 7};
  return f;
}

/// A line that says that nothing can be measured, and what to do.
inline void expect_bad(doctor_line const& line, exit_code code) {
  EXPECT_EQ(line.state, finding::bad) << line.name << ": " << line.text;
  EXPECT_EQ(line.code, code) << line.name;
  EXPECT_NE(line.remedy, "") << line.name;
}

}  // namespace flopwatch::test
