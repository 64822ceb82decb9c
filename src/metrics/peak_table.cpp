// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The table of peaks. A figure that its document states with sparsity is written as a half.
#include <algorithm>
#include <array>
#include <iterator>
#include <regex>
#include <vector>

#include "flopwatch/error.hpp"
#include "flopwatch/peaks.hpp"

namespace flopwatch {
namespace {

constexpr double tera = 1e12;

constexpr format_peak of_v100_sxm2[]{{"fp64", 7.8 * tera}, {"fp32", 15.7 * tera}, {"fp16", 125 * tera}};
constexpr format_peak of_v100_pcie[]{{"fp64", 7 * tera}, {"fp32", 14 * tera}, {"fp16", 112 * tera}};
constexpr format_peak of_v100s_pcie[]{{"fp64", 8.2 * tera}, {"fp32", 16.4 * tera}, {"fp16", 130 * tera}};
constexpr format_peak of_t4[]{{"fp32", 8.1 * tera}, {"fp16", 65 * tera}, {"int8", 130 * tera}};
constexpr format_peak of_a100[]{{"fp64", 9.7 * tera}, {"fp64_tensor", 19.5 * tera}, {"fp32", 19.5 * tera},
                                {"tf32", 156 * tera}, {"fp16", 312 * tera},         {"bf16", 312 * tera},
                                {"int8", 624 * tera}};
constexpr format_peak of_a10[]{{"fp32", 31.2 * tera},
                               {"tf32", 62.5 * tera},
                               {"fp16", 125 * tera},
                               {"bf16", 125 * tera},
                               {"int8", 250 * tera}};
constexpr format_peak of_a30[]{{"fp64", 5.2 * tera}, {"fp64_tensor", 10.3 * tera}, {"fp32", 10.3 * tera},
                               {"tf32", 82 * tera},  {"fp16", 165 * tera},         {"bf16", 165 * tera},
                               {"int8", 330 * tera}};
constexpr format_peak of_l4[]{{"fp32", 30.3 * tera},    {"tf32", 120 * tera / 2}, {"fp16", 242 * tera / 2},
                              {"bf16", 242 * tera / 2}, {"fp8", 485 * tera / 2},  {"int8", 485 * tera / 2}};
constexpr format_peak of_l40s[]{{"fp32", 91.6 * tera},   {"tf32", 183 * tera}, {"fp16", 362.05 * tera},
                                {"bf16", 362.05 * tera}, {"fp8", 733 * tera},  {"int8", 733 * tera}};
constexpr format_peak of_rtx_3090[]{{"fp32", 35.6 * tera},
                                    {"tf32", 35.6 * tera},
                                    {"fp16", 71 * tera},
                                    {"bf16", 71 * tera},
                                    {"int8", 284 * tera}};
constexpr format_peak of_rtx_4090[]{{"fp32", 82.6 * tera},  {"tf32", 82.6 * tera}, {"fp16", 165.2 * tera},
                                    {"bf16", 165.2 * tera}, {"fp8", 330.3 * tera}, {"int8", 660.6 * tera}};
constexpr format_peak of_rtx_5090[]{{"fp32", 104.8 * tera}, {"tf32", 104.8 * tera}, {"fp16", 209.5 * tera},
                                    {"bf16", 209.5 * tera}, {"fp8", 419 * tera},    {"fp4", 1676 * tera},
                                    {"int8", 838 * tera}};
constexpr format_peak of_h100_sxm[]{
    {"fp64", 33.5 * tera},  {"fp64_tensor", 66.9 * tera}, {"fp32", 66.9 * tera},  {"tf32", 494.7 * tera},
    {"fp16", 989.4 * tera}, {"bf16", 989.4 * tera},       {"fp8", 1978.9 * tera}, {"int8", 1978.9 * tera}};
constexpr format_peak of_h100_pcie[]{
    {"fp64", 25.6 * tera}, {"fp64_tensor", 51.2 * tera}, {"fp32", 51.2 * tera}, {"tf32", 378 * tera},
    {"fp16", 756 * tera},  {"bf16", 756 * tera},         {"fp8", 1513 * tera},  {"int8", 1513 * tera}};
constexpr format_peak of_h200[]{{"fp64", 34 * tera},       {"fp64_tensor", 67 * tera},
                                {"fp32", 67 * tera},       {"tf32", 989 * tera / 2},
                                {"fp16", 1979 * tera / 2}, {"bf16", 1979 * tera / 2},
                                {"fp8", 3958 * tera / 2},  {"int8", 3958 * tera / 2}};
constexpr format_peak of_h200_nvl[]{{"fp64", 30 * tera},       {"fp64_tensor", 60 * tera},
                                    {"fp32", 60 * tera},       {"tf32", 835 * tera / 2},
                                    {"fp16", 1671 * tera / 2}, {"bf16", 1671 * tera / 2},
                                    {"fp8", 3341 * tera / 2},  {"int8", 3341 * tera / 2}};
constexpr format_peak of_gh200[]{{"fp64", 34 * tera},       {"fp64_tensor", 67 * tera},
                                 {"fp32", 67 * tera},       {"tf32", 989 * tera / 2},
                                 {"fp16", 1979 * tera / 2}, {"bf16", 1979 * tera / 2},
                                 {"fp8", 3958 * tera / 2},  {"int8", 3958 * tera / 2}};
constexpr format_peak of_b100[]{{"fp64", 30 * tera},  {"fp64_tensor", 30 * tera}, {"fp32", 60 * tera},
                                {"tf32", 900 * tera}, {"fp16", 1800 * tera},      {"bf16", 1800 * tera},
                                {"fp8", 3500 * tera}, {"fp4", 7000 * tera},       {"int8", 3500 * tera}};
constexpr format_peak of_b200[]{
    {"fp64", 37 * tera},       {"fp64_tensor", 37 * tera}, {"fp32", 75 * tera},
    {"tf32", 2200 * tera / 2}, {"fp16", 4500 * tera / 2},  {"bf16", 4500 * tera / 2},
    {"fp8", 9000 * tera / 2},  {"fp4", 18000 * tera / 2},  {"int8", 9000 * tera / 2}};
constexpr format_peak of_gb200[]{
    {"fp64", 40 * tera},       {"fp64_tensor", 40 * tera}, {"fp32", 80 * tera},
    {"tf32", 2500 * tera / 2}, {"fp16", 5000 * tera / 2},  {"bf16", 5000 * tera / 2},
    {"fp8", 10000 * tera / 2}, {"fp4", 20000 * tera / 2},  {"int8", 10000 * tera / 2}};

constexpr chip_peak chips[]{
    {"V100 SXM2", "NVIDIA V100 datasheet", "2020-01", of_v100_sxm2, 0.9 * tera},
    {"V100 PCIe", "NVIDIA V100 datasheet", "2020-01", of_v100_pcie, 0.9 * tera},
    {"V100S PCIe", "NVIDIA V100 datasheet", "2020-01", of_v100s_pcie, 1.134 * tera},
    {"T4", "NVIDIA T4 datasheet", "2019-03", of_t4},
    {"A100", "NVIDIA A100 datasheet", "2021-06", of_a100},
    {"A10", "NVIDIA A10 datasheet", "2021-03", of_a10, 0.6 * tera},
    {"A30", "NVIDIA A30 datasheet", "2022-03", of_a30, 0.933 * tera},
    {"L4", "NVIDIA L4 datasheet, which states tensor figures with sparsity", "2023", of_l4, 0.3 * tera},
    {"L40S", "NVIDIA L40S datasheet", "2023", of_l40s, 0.864 * tera},
    {"RTX 3090", "NVIDIA Ampere GA102 GPU Architecture white paper", "2020", of_rtx_3090, 0.936 * tera},
    {"RTX 4090", "NVIDIA Ada GPU Architecture white paper", "2022", of_rtx_4090, 1.008 * tera},
    {"RTX 5090", "NVIDIA RTX Blackwell GPU Architecture white paper", "2025", of_rtx_5090, 1.792 * tera},
    {"H100 SXM", "NVIDIA H100 Tensor Core GPU Architecture white paper", "2022", of_h100_sxm, 3.35 * tera},
    {"H100 PCIe", "NVIDIA H100 Tensor Core GPU Architecture white paper", "2022", of_h100_pcie, 2 * tera},
    {"H200", "NVIDIA H200 datasheet (SXM), which states tensor figures with sparsity", "2024", of_h200,
     4.8 * tera},
    {"H200 NVL", "NVIDIA H200 datasheet (NVL), which states tensor figures with sparsity", "2024",
     of_h200_nvl, 4.8 * tera},
    {"GH200", "NVIDIA GH200 Grace Hopper Superchip datasheet, which states tensor figures with sparsity",
     "2023", of_gh200},
    {"B100", "NVIDIA Blackwell Architecture Technical Brief", "2024-03", of_b100},
    {"B200",
     "NVIDIA Blackwell datasheet (GB200 NVL72 and HGX B200), which states tensor figures with sparsity",
     "2025", of_b200, 8 * tera},
    {"GB200",
     "NVIDIA Blackwell datasheet (GB200 NVL72 and HGX B200), which states tensor figures with sparsity",
     "2025", of_gb200},
};

constexpr std::array<std::string_view, 9> formats{"fp64", "fp64_tensor", "fp32", "tf32", "fp16",
                                                  "bf16", "fp8",         "fp4",  "int8"};

struct device_pattern {
  char const* name;
  std::string_view chip;
};
// The first that matches decides; a name that another chip shares a part with is above it.
constexpr device_pattern patterns[]{
    {"GH200", "GH200"},
    {"GB200", "GB200"},
    {"B200", "B200"},
    {"B100", "B100"},
    {"H200 NVL", "H200 NVL"},
    {"H200", "H200"},
    {"H100 PCIe", "H100 PCIe"},
    {"H100 (?:80GB HBM3|SXM\\w*)", "H100 SXM"},
    {"A100", "A100"},
    {"A10", "A10"},
    {"A30", "A30"},
    {"V100S\\W*PCIE", "V100S PCIe"},
    {"V100\\W*PCIE", "V100 PCIe"},
    {"V100\\W*SXM2", "V100 SXM2"},
    {"T4", "T4"},
    {"L40S", "L40S"},
    {"L4", "L4"},
    {"GeForce RTX 3090", "RTX 3090"},
    {"GeForce RTX 4090", "RTX 4090"},
    {"GeForce RTX 5090", "RTX 5090"},
};

/// "A10" is not in "A10G", nor "T4" in "T400". What follows a name is its memory or form: other words name
/// other chips.
std::regex whole_name(char const* name) {
  return std::regex(std::string("\\s*(?:NVIDIA |Tesla |NVIDIA Tesla )?") + name +
                        "(?:[ -](?:\\d+GB(?: HBM\\w+)?|PCIe|SXM\\w*|\\d+C?|HBM\\w+|NVL))*\\s*",
                    std::regex::ECMAScript | std::regex::icase);
}

chip_peak const* named(std::string_view chip) noexcept {
  auto const* const found =
      std::find_if(std::begin(chips), std::end(chips), [&](chip_peak const& c) { return c.chip == chip; });
  return found == std::end(chips) ? nullptr : found;
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string all_chips() {
  std::vector<std::string_view> names;
  for (auto const& c : chips) names.push_back(c.chip);
  std::sort(names.begin(), names.end());
  std::string out;
  for (auto const& n : names) out.append(out.empty() ? "" : ", ").append(n);
  return out;
}

}  // namespace

std::span<std::string_view const> peak_formats() noexcept { return formats; }

std::span<chip_peak const> chip_peaks() noexcept { return chips; }

chip_peak const& chip_peak_of(std::string_view name) {
  if (auto const* const found = named(name)) return *found;
  if (name.find("MIG") != name.npos) {
    throw usage_error(quoted(name) +
                      " is a slice of a GPU, whose peak is a part of the chip's: give the peak of the slice "
                      "by number format, {'bf16': ...}");
  }
  for (auto const& pattern : patterns) {
    if (std::regex_match(name.begin(), name.end(), whole_name(pattern.name))) return *named(pattern.chip);
  }
  throw usage_error("no peak is known for " + quoted(name) +
                    ": give its own by number format, {'bf16': ...}, from its datasheet (dense, FLOP/s), or "
                    "the name of a chip that is like it (" +
                    all_chips() + ")");
}

}  // namespace flopwatch
