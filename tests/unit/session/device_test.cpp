// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "cupti/driver.hpp"
#include "flopwatch/error.hpp"

namespace {

using flopwatch::detail::choose_device;
using flopwatch::detail::driver_status;

driver_status two_gpus() { return {true, "13.0", {"GPU A", "GPU B"}, ""}; }
driver_status no_driver() { return {false, "", {}, "there is no NVIDIA driver here"}; }

template <class Error, class Function>
std::string message_of(Function const& f) {
  try {
    f();
  } catch (Error const& e) {
    return e.what();
  }
  return "no error";
}

TEST(device_choice, takes_the_nth_visible_device) {
  auto const c = choose_device("cuda:1", two_gpus());
  EXPECT_EQ(c.name, "cuda:1");
  EXPECT_EQ(c.gpu, "GPU B");
  EXPECT_EQ(c.driver, "13.0");
  EXPECT_EQ(choose_device("cuda", two_gpus()).name, "cuda:0");
}

TEST(device_choice, refuses_a_device_that_is_not_there_and_lists_those_that_are) {
  auto const text = message_of<flopwatch::device_error>([] { (void)choose_device("cuda:2", two_gpus()); });
  EXPECT_EQ(text, "cuda:2 is not there; the visible devices are cuda:0 (GPU A), cuda:1 (GPU B)");
}

TEST(device_choice, says_why_there_is_no_device_at_all) {
  auto const text = message_of<flopwatch::device_error>([] { (void)choose_device("cuda:1", no_driver()); });
  EXPECT_NE(text.find("there is no NVIDIA driver here"), std::string::npos) << text;
}

TEST(device_choice, without_a_device_the_reason_is_kept) {
  EXPECT_EQ(choose_device("", no_driver()).why_not_measured, "there is no NVIDIA driver here");
  EXPECT_EQ(choose_device("", no_driver()).name, "none");
  EXPECT_EQ(choose_device("cpu", two_gpus()).name, "cpu");
}

TEST(device_choice, refuses_what_names_no_device) {
  for (auto const* text : {"cuda:", "cuda:x", "cuda:-1", "cuda:1x", "gpu", "CUDA:0", "cuda:99999999999"}) {
    EXPECT_NE(message_of<flopwatch::usage_error>([&] { (void)choose_device(text, two_gpus()); }), "no error")
        << text;
  }
}

}  // namespace
