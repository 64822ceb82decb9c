// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "flopwatch/metrics.hpp"
#include "flopwatch/plan.hpp"

/// \file
/// The plan for one chip, made with CUPTI's host interface; no GPU is needed.

namespace flopwatch::cupti {

struct planned_metric {
  std::string name;                   ///< with rollup
  std::string unit;                   ///< CUPTI's word: "instruction", "math_op"
  std::string description;            ///< CUPTI's words
  std::optional<flop_weight> weight;  ///< nullopt: it counts no FLOPs
  bool indicator = false;             ///< as metric_plan::indicators
};

struct planned_group {
  std::vector<planned_metric> metrics;
  std::vector<std::uint8_t> config_image;  ///< as SetConfig takes it; differs between versions of CUPTI
  int passes = 1;

  [[nodiscard]] std::vector<std::string> names() const;
};

struct chip_plan {
  std::string chip;
  std::vector<planned_group>
      groups;  ///< that of the CUDA cores first; empty when the chip has nothing of the set
  std::vector<narrowed_metric> narrowed;
  std::vector<std::string> notes;         ///< sentences
  std::vector<std::string> lacking = {};  ///< metric_plan::lacking
  std::string refusal = {};               ///< what CUPTI said of the first of them

  [[nodiscard]] int passes() const noexcept;  ///< of all groups
  [[nodiscard]] bool has_tensor_metrics() const noexcept;
  /// The most passes of one group.
  [[nodiscard]] int most_passes() const noexcept;
};

/// CUPTI's spelling of a chip's name in any case. \throws usage_error when it knows no such chip
[[nodiscard]] std::string chip_named(std::string const& name);

/// The same chip, request and CUPTI give the same plan, byte for byte. Takes some ten milliseconds.
/// \param chip as CUPTI spells it
/// \param availability what the device's CUPTI says of its counters; empty for the chip alone
/// \throws usage_error for an unknown chip, metric or type; cupti_error when CUPTI refuses the chip
[[nodiscard]] chip_plan make_plan(std::string const& chip, metric_request const& request,
                                  std::span<std::uint8_t const> availability = {});

/// Plans for several requests: the same as from `make_plan`, but CUPTI is asked each thing once.
[[nodiscard]] std::vector<chip_plan> make_plans(std::string const& chip,
                                                std::span<metric_request const> requests,
                                                std::span<std::uint8_t const> availability = {});

/// Whether CUPTI reads `parts` together from the same hardware counters as `whole`: then they miss nothing of
/// it. \throws as make_plan
[[nodiscard]] bool same_counters(std::string const& chip, std::string const& whole,
                                 std::span<std::string const> parts);

/// A metric that a chip has, without rollup.
struct listed_metric {
  std::string name;
  std::string unit;
  std::string description;
};

/// Every metric of a chip by name. \throws as make_plan
[[nodiscard]] std::vector<listed_metric> list_metrics(std::string const& chip);

}  // namespace flopwatch::cupti
