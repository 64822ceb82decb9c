// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor/visible.hpp"
#include "unit/doctor/doctor_facts.hpp"

namespace flopwatch::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(check_driver, good) {
  auto const line = check_driver(good_machine());
  EXPECT_EQ(line.state, finding::good);
  EXPECT_EQ(line.text, "580.65.06, CUDA 13.0");
}

TEST(check_driver, none_at_all) {
  auto const line = check_driver(machine_without_gpu());
  expect_bad(line, exit_code::no_device);
  EXPECT_THAT(line.text, HasSubstr("no NVIDIA driver"));
  EXPECT_THAT(line.remedy, HasSubstr("run on a machine with an NVIDIA GPU"));
}

TEST(check_driver, none_in_a_container_whose_host_has_one) {
  auto f = machine_without_gpu();
  f.kernel_module = true;
  EXPECT_THAT(check_driver(f).remedy, HasSubstr("the kernel has the NVIDIA driver"));
}

TEST(check_driver, none_in_wsl) {
  auto f = machine_without_gpu();
  f.wsl = true;
  EXPECT_THAT(check_driver(f).remedy, HasSubstr("in Windows"));
}

TEST(check_driver, there_but_not_usable) {
  auto f = machine_without_gpu();
  f.driver_version = "470.1, CUDA 11.4";
  f.driver_error = "the NVIDIA driver could not be initialised (cuInit answered 999)";
  auto const line = check_driver(f);
  expect_bad(line, exit_code::no_device);
  EXPECT_THAT(line.text, HasSubstr("470.1, CUDA 11.4: the NVIDIA driver could not be initialised"));
}

TEST(check_devices, are_listed) {
  auto const line = check_devices(good_machine());
  EXPECT_EQ(line.state, finding::good);
  EXPECT_EQ(line.text, "2 devices visible");
  EXPECT_THAT(line.details, ElementsAre("cuda:0  NVIDIA H200 (GPU-1)", "cuda:1  NVIDIA H200 (GPU-2)"));
}

TEST(check_devices, none_with_a_driver) {
  auto f = machine_without_gpu();
  f.driver_version = "580, CUDA 13.0";
  f.gpus = {{"NVIDIA H200", "GPU-1"}};
  auto line = check_devices(f);
  expect_bad(line, exit_code::no_device);
  EXPECT_EQ(line.text, "none visible of 1 GPU");
  EXPECT_THAT(line.remedy, HasSubstr("check CUDA_VISIBLE_DEVICES"));
  f.mig_instances = true;
  EXPECT_THAT(check_devices(f).remedy, HasSubstr("set CUDA_VISIBLE_DEVICES to a slice"));
}

TEST(check_devices, none_without_a_driver) {
  EXPECT_EQ(check_devices(machine_without_gpu()).state, finding::unchecked);
}

TEST(check_visible_devices, unset_and_good) {
  auto f = good_machine();
  EXPECT_EQ(check_visible_devices(f).state, finding::good);
  f.environment.visible_devices = "1,0";
  auto const line = check_visible_devices(f);
  EXPECT_EQ(line.state, finding::good);
  EXPECT_EQ(line.text, "CUDA_VISIBLE_DEVICES=1,0");
}

TEST(check_visible_devices, that_hides_some) {
  auto f = good_machine();
  f.environment.visible_devices = "1,7";
  auto const line = check_visible_devices(f);
  EXPECT_EQ(line.state, finding::note);
  EXPECT_EQ(line.code, exit_code::good);
  EXPECT_NE(line.remedy, "");
}

TEST(check_visible_devices, that_hides_all) {
  auto f = good_machine();
  f.environment.visible_devices = "";
  f.devices.clear();
  expect_bad(check_visible_devices(f), exit_code::no_device);
}

TEST(check_visible_devices, that_may_hide_all) {
  auto f = good_machine();
  f.environment.visible_devices = "1";
  f.devices.clear();
  f.driver_usable = false;
  auto const line = check_visible_devices(f);
  EXPECT_EQ(line.state, finding::note);
  EXPECT_THAT(line.text, HasSubstr("CUDA_VISIBLE_DEVICES=1: no device is visible with it"));
}

TEST(visible_devices, that_name_gpus) {
  std::vector<physical_gpu> const gpus{{"A", "GPU-12ab"}, {"B", "GPU-12cd"}};
  for (auto const* value : {"0", "1", "1,0", " 0 , 1 ", "GPU-12ab", "GPU-12c,0", "MIG-1234/5/6"}) {
    EXPECT_EQ(visible_devices_error(value, gpus), "") << value;
  }
  EXPECT_EQ(visible_devices_error("12", {}), "");  // how many there are is not known
  EXPECT_EQ(visible_devices_error("GPU-9", {}), "");
}

TEST(visible_devices, that_name_none) {
  std::vector<physical_gpu> const gpus{{"A", "GPU-12ab"}, {"B", "GPU-12cd"}};
  auto const error = [&](char const* value) { return visible_devices_error(value, gpus); };
  EXPECT_EQ(error(""), "it is empty, which hides every GPU");
  EXPECT_EQ(error("  "), "it is empty, which hides every GPU");
  EXPECT_EQ(error("-1"), "-1 names no GPU, so every GPU is hidden");
  EXPECT_EQ(error("2"),
            "there is no GPU 2: the machine has 2 GPUs, and the first is 0, so every GPU is hidden");
  EXPECT_EQ(
      error("0,5,1"),
      "there is no GPU 5: the machine has 2 GPUs, and the first is 0, so it and all after it are hidden");
  EXPECT_EQ(error("0,5"), "there is no GPU 5: the machine has 2 GPUs, and the first is 0, so it is left out");
  EXPECT_EQ(error("0,,1"), "an empty entry, so it and all after it are hidden");
  EXPECT_EQ(error("cuda:0"), "\"cuda:0\" is neither a number nor a UUID, so every GPU is hidden");
  EXPECT_EQ(error("GPU-99"), "no GPU has the UUID GPU-99, so every GPU is hidden");
  EXPECT_EQ(error("GPU-12"), "more than one GPU has a UUID that begins with GPU-12, so every GPU is hidden");
  EXPECT_EQ(error("99999999999999999999"),
            "\"99999999999999999999\" is neither a number nor a UUID, so every GPU is hidden");
}

TEST(check_wsl, each_outcome) {
  auto f = good_machine();
  EXPECT_EQ(check_wsl(f).state, finding::good);
  f.wsl = true;
  EXPECT_EQ(check_wsl(f).state, finding::note);
  f.devices[1].wsl = support::refused;
  expect_bad(check_wsl(f), exit_code::no_device);
}

}  // namespace
}  // namespace flopwatch::test
