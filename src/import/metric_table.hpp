// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "flopwatch/metrics.hpp"

namespace flopwatch::importing {

/// What a metric of a profiler's file says, by its name.
enum class metric_role : std::uint8_t {
  cuda_core_flops,
  tensor_flops,
  tensor_instructions,
  tensor_activity,  ///< how busy the tensor pipe was: no count, but it shows that there was work
  other_count,      ///< a sum over the GPU of something else
  no_count,         ///< a rate, an average, a share, an attribute
};

struct metric_info {
  std::string name;
  metric_role role = metric_role::no_count;
  std::string_view operation;  ///< "ffma" of a CUDA-core counter; a view into `name`
  std::string unit;            ///< the first that was seen, without a prefix
};

/// One value of a launch. nullopt: the profiler has none.
struct metric_value {
  std::uint32_t metric = 0;
  std::optional<double> value;
};

/// The metrics of an import, numbered in the order in which they were met.
class metric_table {
 public:
  [[nodiscard]] std::uint32_t find_or_add(std::string_view name);
  [[nodiscard]] metric_info& operator[](std::uint32_t metric) { return *infos_[metric]; }
  [[nodiscard]] metric_info const& operator[](std::uint32_t metric) const { return *infos_[metric]; }
  [[nodiscard]] std::size_t size() const noexcept { return infos_.size(); }

 private:
  std::vector<std::unique_ptr<metric_info>> infos_;
  std::unordered_map<std::string_view, std::uint32_t> by_name_;
};

[[nodiscard]] metric_role role_of(std::string_view metric);

}  // namespace flopwatch::importing
