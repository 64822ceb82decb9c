// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Each peak of the table is SMs x clock x FLOPs in a clock of one SM, as far as these are known.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "flopwatch/peaks.hpp"

namespace flopwatch::test {
namespace {

/// FLOPs (operations for int8) in a clock of one SM, dense, with FP32 accumulation: by compute capability.
using sm_flops = std::map<std::string_view, double>;

sm_flops const volta{{"fp64", 64}, {"fp32", 128}, {"fp16", 1024}};
sm_flops const turing{{"fp32", 128}, {"fp16", 1024}, {"int8", 2048}};
sm_flops const ga100{{"fp64", 64},   {"fp64_tensor", 128}, {"fp32", 128}, {"tf32", 1024},
                     {"fp16", 2048}, {"bf16", 2048},       {"int8", 4096}};
/// GA102 and AD10x on cards for data centres.
sm_flops const graphics{{"fp32", 256},  {"tf32", 512}, {"fp16", 1024},
                        {"bf16", 1024}, {"fp8", 2048}, {"int8", 2048}};
/// The same chips as GeForce: accumulation in FP32 has half the rate.
sm_flops const geforce{{"fp32", 256}, {"tf32", 256}, {"fp16", 512}, {"bf16", 512},
                       {"fp8", 1024}, {"fp4", 4096}, {"int8", 2048}};
sm_flops const hopper{{"fp64", 128},  {"fp64_tensor", 256}, {"fp32", 256}, {"tf32", 2048},
                      {"fp16", 4096}, {"bf16", 4096},       {"fp8", 8192}, {"int8", 8192}};

struct known_chip {
  std::string_view chip;
  int sms;
  double boost_mhz;         ///< of CUDA cores, and of all where there is one clock
  double tensor_boost_mhz;  ///< 0: the same. Hopper's white paper states a clock of its own for these
  sm_flops const& flops;
};

known_chip const known_chips[]{
    {"V100 SXM2", 80, 1530, 0, volta},     {"V100 PCIe", 80, 1380, 0, volta},
    {"V100S PCIe", 80, 1597, 0, volta},    {"T4", 40, 1590, 0, turing},
    {"A100", 108, 1410, 0, ga100},         {"A30", 56, 1440, 0, ga100},
    {"A10", 72, 1695, 0, graphics},        {"L4", 58, 2040, 0, graphics},
    {"L40S", 142, 2520, 0, graphics},      {"RTX 3090", 82, 1695, 0, geforce},
    {"RTX 4090", 128, 2520, 0, geforce},   {"RTX 5090", 170, 2407, 0, geforce},
    {"H100 SXM", 132, 1980, 1830, hopper}, {"H100 PCIe", 114, 1755, 1620, hopper},
    {"H200", 132, 1980, 1830, hopper},     {"GH200", 132, 1980, 1830, hopper},
};

/// Of these no document states the clocks, or the rate of an SM.
std::set<std::string_view> const without_clocks{"H200 NVL", "B100", "B200", "GB200"};

bool on_hopper_tensor_clock(std::string_view format) {
  return format != "fp64" && format != "fp64_tensor" && format != "fp32";
}

TEST(peaks_arithmetic, gives_each_figure_of_the_table) {
  for (auto const& known : known_chips) {
    for (auto const& f : chip_peak_of(known.chip).formats) {
      ASSERT_TRUE(known.flops.contains(f.format)) << known.chip << " " << f.format;
      auto const mhz = known.tensor_boost_mhz > 0 && on_hopper_tensor_clock(f.format) ? known.tensor_boost_mhz
                                                                                      : known.boost_mhz;
      auto const derived = known.sms * mhz * 1e6 * known.flops.at(f.format);
      EXPECT_NEAR(f.flops_per_second / derived, 1, 0.02) << known.chip << " " << f.format << ": " << derived;
    }
  }
}

TEST(peaks_arithmetic, covers_all_chips_of_the_table) {
  for (auto const& chip : chip_peaks()) {
    auto const known = std::any_of(std::begin(known_chips), std::end(known_chips),
                                   [&](known_chip const& k) { return k.chip == chip.chip; });
    EXPECT_NE(known, without_clocks.contains(chip.chip)) << chip.chip;
  }
}

// Half the bits, twice the rate: documents that give two digits round by up to 3 %.
TEST(peaks_arithmetic, of_tensor_formats_doubles_with_half_the_bits) {
  for (auto const name : without_clocks) {
    std::map<std::string_view, double> peaks;
    for (auto const& f : chip_peak_of(name).formats) peaks[f.format] = f.flops_per_second;
    EXPECT_NEAR(peaks.at("fp16") / peaks.at("tf32"), 2, 0.06) << name;
    EXPECT_NEAR(peaks.at("fp8") / peaks.at("fp16"), 2, 0.06) << name;
    EXPECT_EQ(peaks.at("fp16"), peaks.at("bf16")) << name;
    EXPECT_EQ(peaks.at("fp8"), peaks.at("int8")) << name;
    if (peaks.contains("fp4")) {
      EXPECT_NEAR(peaks.at("fp4") / peaks.at("fp8"), 2, 0.06) << name;
    }
    EXPECT_NEAR(peaks.at("fp32") / peaks.at("fp64"), 2, 0.06) << name;
  }
}

}  // namespace
}  // namespace flopwatch::test
