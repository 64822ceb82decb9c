// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

struct CUpti_Profiler_Host_Object;

/// \file
/// CUPTI's profiler host interface: what can be known about a chip's metrics without a GPU.

namespace flopwatch::cupti {

/// The chips that CUPTI names. It can still refuse one of them. \throws cupti_error
[[nodiscard]] std::vector<std::string> supported_chips();

/// The passes that a config image needs. \throws cupti_error
/// Only images from `host::config_image` of the same CUPTI: it crashes on garbage.
[[nodiscard]] int passes_of(std::span<std::uint8_t const> config_image);

enum class metric_kind : unsigned char { counter, ratio, throughput };

struct metric_properties {
  std::string description;
  std::string hardware_unit;  ///< "sm"
  std::string unit;           ///< "instruction", "math_op"
  metric_kind kind = metric_kind::counter;
};

/// One host object of CUPTI. After a refused `add_metrics` it is useless: make a new one for each attempt
/// (that takes less than a millisecond after the first). One thread at a time; several can exist at once.
class host {
 public:
  /// \param availability what the device's CUPTI says of its counters; empty for the chip alone
  /// \throws usage_error for a chip that CUPTI does not name; cupti_error when it refuses one it names
  explicit host(std::string chip, std::span<std::uint8_t const> availability = {});
  ~host();
  host(host&& other) noexcept
      : chip_(std::move(other.chip_)),
        availability_(std::move(other.availability_)),
        object_(std::exchange(other.object_, nullptr)) {}
  host& operator=(host&& other) noexcept {
    std::swap(chip_, other.chip_);
    std::swap(availability_, other.availability_);
    std::swap(object_, other.object_);
    return *this;
  }

  [[nodiscard]] std::string const& chip() const noexcept { return chip_; }

  /// Names without rollup, in CUPTI's order. \throws cupti_error
  [[nodiscard]] std::vector<std::string> base_metrics(metric_kind kind) const;

  /// What can follow a base metric: ".sum", ".avg.per_second". \throws cupti_error
  [[nodiscard]] std::vector<std::string> sub_metrics(std::string const& base, metric_kind kind) const;

  /// nullopt for a name that the chip does not have. \throws cupti_error
  [[nodiscard]] std::optional<metric_properties> properties(std::string const& metric) const;

  /// Adds to what the config image collects. Names carry their rollup.
  /// \throws usage_error for a name that the chip does not have, before CUPTI is called; cupti_error
  void add_metrics(std::span<std::string const> metrics);

  /// \throws cupti_error
  [[nodiscard]] std::vector<std::uint8_t> config_image() const;

  /// Values of one range of a decoded counter data image, in the order of the names. A value may be NaN:
  /// a counter that the device does not have.
  /// \throws cupti_error
  [[nodiscard]] std::vector<double> evaluate(std::span<std::uint8_t const> counter_data, std::size_t range,
                                             std::span<std::string const> metrics) const;

 private:
  std::string chip_;
  std::vector<std::uint8_t> availability_;  ///< CUPTI can read it as long as the object lives
  CUpti_Profiler_Host_Object* object_ = nullptr;
};

}  // namespace flopwatch::cupti
