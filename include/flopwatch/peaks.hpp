// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// \file
/// Dense peaks of NVIDIA chips, each with the document that states it. Pure.

namespace flopwatch {

/// What a chip can do at most in one number format.
struct format_peak {
  std::string_view format;      ///< one of `peak_formats`
  double flops_per_second = 0;  ///< operations a second for int8
};

/// What one chip can do at most.
struct chip_peak {
  std::string_view chip;  ///< "H200"
  std::string_view source;
  std::string_view date;  ///< of the document: year and month, or the year
  /// A format that the chip lacks, or that its document does not state, is not among them.
  std::span<format_peak const> formats;
  /// DRAM traffic at most; 0: the chip is sold with several memories, or its document does not state it.
  double bytes_per_second = 0;
};

/// "fp64_tensor" and "fp64" are apart, because chips differ in both.
[[nodiscard]] std::span<std::string_view const> peak_formats() noexcept;

/// The table. Tensor cores with FP32 accumulation where the chip has them, else CUDA cores. Where a document
/// states a figure "with sparsity", the dense one is half of it.
[[nodiscard]] std::span<chip_peak const> chip_peaks() noexcept;

/// The chip of that name in the table, or the one that a device of that name has ("NVIDIA H200", as the CUDA
/// driver gives it). \throws usage_error for an unknown name, and for a slice of a GPU (MIG)
[[nodiscard]] chip_peak const& chip_peak_of(std::string_view name);

/// What MFU and HFU are parts of.
class peak {
 public:
  /// Of a chip of the table; `name` as for `chip_peak_of`. \throws usage_error
  [[nodiscard]] static peak of_chip(std::string_view name);
  /// As given: FLOP/s by format. \throws usage_error for none, an unknown format, or a number not above 0
  [[nodiscard]] static peak of_formats(std::map<std::string, double> const& flops_per_second);
  /// As given: one number for all formats. \throws usage_error where it is not above 0
  [[nodiscard]] static peak of_all(double flops_per_second);

  /// nullopt: none is known. Products in fp64 run on tensor cores that have it.
  [[nodiscard]] std::optional<double> flops_per_second(std::string_view format) const;
  /// Seconds that FLOPs take at the peak of each format, added up; nullopt where a format has no peak, which
  /// `lacking` then names.
  [[nodiscard]] std::optional<double> seconds(std::map<std::string, std::int64_t> const& flops_by_format,
                                              std::string* lacking = nullptr) const;
  /// What it is and where it is from, for reports.
  [[nodiscard]] std::string const& words() const noexcept { return words_; }

 private:
  std::string words_;
  std::map<std::string, double, std::less<>> by_format_;
  std::optional<double> for_all_;
};

}  // namespace flopwatch
