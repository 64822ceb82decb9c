// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// `doctor` and `recheck` as programs, with all GPUs hidden.
#include <cstring>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/writer.hpp"
#include "run_program.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr auto no_gpu = "CUDA_VISIBLE_DEVICES=";

#ifdef FLOPWATCH_HAS_CUPTI

using bytes = std::vector<std::uint8_t>;

/// A capture of one launch on `chip`, whose raw image is `image`.
void write_raw_capture(std::string const& path, std::string const& chip, bytes const& image) {
  capture_writer w(path);
  w.add_plan(1, {{1, 1, "sm__sass_thread_inst_executed_op_ffma_pred_on.sum", "inst", 0}});
  w.add(counter_group_record{1, 0, chip, 130000, {1}});
  w.add(kernel_record{1, "k", "k()"});
  launch_record l;
  l.id = l.plan = l.kernel = 1;
  l.counters = {5.0};
  w.add(l);
  raw_chunk_record c;
  c.id = c.plan = c.launches = c.ranges = 1;
  c.kept = true;
  c.image_bytes = static_cast<std::int64_t>(image.size());
  w.add(c, image);
  w.close();
}

bytes const& noise() {
  static auto const image = [] {
    bytes out(4096);
    std::uint32_t random = 1;
    for (auto& b : out) b = static_cast<std::uint8_t>((random = random * 1664525 + 1013904223) >> 24U);
    return out;
  }();
  return image;
}

TEST(recheck, says_that_a_capture_has_no_raw_data) {
  auto const r = run("recheck " FLOPWATCH_SOURCE_DIR "/tests/captures/attention-cpu.flops", no_gpu);
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_THAT(r.err, AllOf(StartsWith("flopwatch: "), HasSubstr("has no raw counter data")));
  EXPECT_THAT(r.out, IsEmpty());
}

TEST(recheck, ends_with_2_for_a_file_that_is_no_capture) {
  scratch_folder const scratch;
  std::ofstream(scratch / "a.flops") << "This is no capture, only some text that is long enough to be read.";
  auto const r = run("recheck " + (scratch / "a.flops"), no_gpu);
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_THAT(r.err, HasSubstr("is not a flopwatch capture"));
  EXPECT_EQ(run("recheck", no_gpu).exit_code, 2);
}

TEST(recheck, ends_with_3_for_a_chip_that_cupti_refuses) {
  scratch_folder const scratch;
  write_raw_capture(scratch / "a.flops", "XY100", noise());
  auto const r = run("recheck " + (scratch / "a.flops"), no_gpu);
  EXPECT_EQ(r.exit_code, 3);
  EXPECT_THAT(r.err, AllOf(HasSubstr("knows no chip \"XY100\""), HasSubstr("FLOPWATCH_CUPTI")));
}

// CUPTI crashes on some of these; the program must not.
TEST(recheck, survives_a_malformed_image) {
  scratch_folder const scratch;
  for (auto const& image :
       {bytes(4096, 0), bytes(1, 0), noise(), bytes(noise().begin(), noise().begin() + 16)}) {
    write_raw_capture(scratch / "a.flops", "GH100", image);
    auto const r = run("recheck " + (scratch / "a.flops"), no_gpu);
    EXPECT_EQ(r.exit_code, 2) << r.err;
    EXPECT_THAT(r.err, AllOf(HasSubstr("the raw image of chunk 1"), HasSubstr("damaged")));
  }
}

TEST(recheck, names_an_image_of_the_stand_in_as_synthetic) {
  scratch_folder const scratch;
  bytes image(4096, 0);
  std::memcpy(image.data(), "flopw. stand-in", 16);
  write_raw_capture(scratch / "a.flops", "GH100", image);
  auto const r = run("recheck " + (scratch / "a.flops"), no_gpu);
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_THAT(r.err, HasSubstr("the raw image of chunk 1 is SYNTHETIC"));
}

TEST(doctor, without_a_gpu_checks_what_can_be_checked_and_ends_with_3) {
  auto const r = run("doctor", no_gpu);
  EXPECT_EQ(r.exit_code, 3);
  EXPECT_THAT(r.err, IsEmpty());
  EXPECT_THAT(r.out, AllOf(StartsWith("BAD   driver "), HasSubstr("\nok    CUPTI "),
                           HasSubstr("CUPTI's host library works; passes on a GH100: cuda-core 1, "),
                           HasSubstr("\nNothing can be measured here: see driver.\n")));
}

TEST(doctor, names_a_cupti_that_cannot_be_used) {
  auto const r = run("doctor", std::string(no_gpu) + " FLOPWATCH_CUPTI=/nowhere/libcupti.so");
  EXPECT_EQ(r.exit_code, 3);
  EXPECT_THAT(r.out, AllOf(HasSubstr("BAD   CUPTI "), HasSubstr("/nowhere/libcupti.so"),
                           HasSubstr("-     passes        not checked: CUPTI is not loaded")));
}

TEST(doctor, prints_json) {
  auto const r = run("doctor --json", no_gpu);
  EXPECT_EQ(r.exit_code, 3);
  EXPECT_THAT(r.out,
              AllOf(StartsWith("{\n"), HasSubstr("\"exit_code\": 3"), HasSubstr("\"check\": \"driver\"")));
}

#else

TEST(checks, without_cupti_say_so) {
  for (auto const* command : {"doctor", "recheck a.flops"}) {
    auto const r = run(command, no_gpu);
    EXPECT_EQ(r.exit_code, 3);
    EXPECT_THAT(r.err, HasSubstr("built without CUPTI"));
  }
}

#endif

}  // namespace
}  // namespace flopwatch::test
