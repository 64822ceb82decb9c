// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace standin {

/// A config image that cuptiProfilerHostGetConfigImage handed out.
struct config_image {
  std::string chip;
  std::vector<std::string> metrics;  ///< without doubles, in the order in which they were added
  std::size_t passes = 0;
  std::vector<std::uint8_t> bytes;
};

void remember(config_image image);
/// The image of exactly these bytes, or null. Metrics that are read from the same counters give the same
/// bytes: of several sets the one that `metrics` names is taken, where it is among them.
[[nodiscard]] std::shared_ptr<config_image const> known_config(std::uint8_t const* bytes, std::size_t size,
                                                               std::string const& chip,
                                                               std::set<std::string> const& metrics = {});

[[nodiscard]] std::uint64_t hash_of(std::uint8_t const* bytes, std::size_t size);

/// A copy of the text that lives for ever.
[[nodiscard]] char const* intern(std::string const& text);

}  // namespace standin
