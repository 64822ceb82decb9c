// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/peaks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/error.hpp"

namespace flopwatch::test {
namespace {

TEST(peaks, of_each_chip_have_a_source_and_known_formats) {
  auto const formats = peak_formats();
  for (auto const& chip : chip_peaks()) {
    EXPECT_TRUE(chip.source.starts_with("NVIDIA ")) << chip.chip;
    EXPECT_TRUE(chip.date.starts_with("20")) << chip.chip;
    EXPECT_EQ(chip_peak_of(chip.chip).chip, chip.chip);
    for (auto const& f : chip.formats) {
      EXPECT_NE(std::find(formats.begin(), formats.end(), f.format), formats.end()) << chip.chip;
      EXPECT_GE(f.flops_per_second, 1e12);
    }
  }
}

TEST(peaks, are_found_by_the_name_of_the_device) {
  EXPECT_EQ(chip_peak_of("NVIDIA H200").chip, "H200");
  EXPECT_EQ(chip_peak_of("NVIDIA H100 80GB HBM3").chip, "H100 SXM");
  EXPECT_EQ(chip_peak_of("NVIDIA A100-SXM4-80GB").chip, "A100");
  EXPECT_EQ(chip_peak_of("Tesla T4").chip, "T4");
}

TEST(peaks, of_unknown_chips_are_refused_with_what_to_do) {
  for (auto const* const name : {"NVIDIA A10G", "NVIDIA H800", "NVIDIA L40", ""}) {
    EXPECT_THROW(static_cast<void>(chip_peak_of(name)), usage_error) << name;
  }
  try {
    static_cast<void>(chip_peak_of("NVIDIA A100-SXM4-40GB MIG 1g.5gb"));
    FAIL();
  } catch (usage_error const& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("slice of a GPU"));
  }
}

TEST(peaks, add_up_the_time_of_each_format) {
  auto const given = peak::of_formats({{"bf16", 100}, {"fp8", 200}});
  EXPECT_EQ(given.seconds({{"bf16", 50}, {"fp8", 50}}), 0.75);
  EXPECT_EQ(given.seconds({{"fp32", 0}}), 0.0);
  std::string lacking;
  EXPECT_EQ(given.seconds({{"bf16", 50}, {"fp32", 1}}, &lacking), std::nullopt);
  EXPECT_EQ(lacking, "fp32");
  EXPECT_EQ(peak::of_all(7).flops_per_second("fp4"), 7);
}

TEST(peaks, of_fp64_are_those_of_tensor_cores_where_there_are_any) {
  EXPECT_EQ(peak::of_chip("A100").flops_per_second("fp64"), 19.5e12);
  EXPECT_EQ(peak::of_chip("V100 SXM2").flops_per_second("fp64"), 7.8e12);
  EXPECT_THAT(peak::of_chip("NVIDIA H200").words(),
              testing::HasSubstr("H200, dense, by NVIDIA H200 datasheet"));
}

TEST(peaks, that_are_given_make_sense) {
  EXPECT_THROW(static_cast<void>(peak::of_all(0)), usage_error);
  EXPECT_THROW(static_cast<void>(peak::of_formats({})), usage_error);
  EXPECT_THROW(static_cast<void>(peak::of_formats({{"bfloat16", 1}})), usage_error);
  EXPECT_THROW(static_cast<void>(peak::of_formats({{"bf16", -1}})), usage_error);
}

}  // namespace
}  // namespace flopwatch::test
