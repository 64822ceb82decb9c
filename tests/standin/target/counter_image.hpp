// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control.hpp"

/// \file
/// The counter data image of the stand-in: it has everything that evaluating it needs, so that another
/// process can do it. Layout: header, metric names, values, ranges, nodes of the range tree.

namespace standin {

struct image_header {
  char mark[16];  ///< STANDIN_IMAGE_MARK
  std::uint32_t format;
  std::uint32_t in_flight;  ///< 1 between Start and Decode: the rest is poison
  std::uint64_t size;
  std::uint64_t max_ranges, max_nodes;
  std::uint64_t num_ranges, num_nodes;
  std::uint32_t num_metrics;
  std::uint32_t passes;  ///< how many each range needs
  char chip[32];
  std::uint64_t names_at, values_at, ranges_at, nodes_at;
};

struct image_range {
  std::uint32_t node;
  std::uint32_t passes_seen;
  std::uint64_t launches;
};

struct image_node {
  std::uint32_t parent;  ///< no_parent at the top
  std::uint32_t length;
  char name[248];
};
inline constexpr std::uint32_t no_parent = 0xffffffff;

/// A range to be stored.
struct range_sample {
  std::vector<std::string> path;  ///< empty in AutoRange mode: the name is then its number in the image
  std::uint64_t launches = 0;
  std::vector<double> values;
};

/// Looks at an image, and writes it. Does not own it.
class counter_image {
 public:
  /// Null bytes, or bytes that are no image of the stand-in, give one that is not `valid`.
  counter_image(std::uint8_t* bytes, std::size_t size);
  counter_image(std::uint8_t const* bytes, std::size_t size)
      : counter_image(const_cast<std::uint8_t*>(bytes), size) {}

  [[nodiscard]] static std::size_t size_for(std::vector<std::string> const& metrics, std::size_t ranges,
                                            std::size_t nodes);
  static void initialise(std::uint8_t* bytes, std::vector<std::string> const& metrics, std::size_t ranges,
                         std::size_t nodes, std::string const& chip);
  [[nodiscard]] static bool has_mark(std::uint8_t const* bytes, std::size_t size);

  [[nodiscard]] bool valid() const { return header_ != nullptr; }
  [[nodiscard]] image_header& header() const { return *header_; }
  [[nodiscard]] std::vector<std::string> metrics() const;
  /// Which metric of the image this is, -1 for none; `guess` is looked at first.
  [[nodiscard]] int find_metric(char const* name, std::size_t guess) const;
  [[nodiscard]] double* values(std::size_t range) const;
  [[nodiscard]] image_range& range(std::size_t index) const;
  [[nodiscard]] image_node& node(std::size_t index) const;
  [[nodiscard]] std::vector<std::string> path(std::size_t range) const;

  using node_index = std::map<std::pair<std::uint32_t, std::string>, std::uint32_t>;
  /// False when it has no room for the range.
  bool append(range_sample const& sample, std::uint32_t passes_seen, node_index& ancestors) const;

  /// Everything but mark and state becomes nonsense.
  void poison() const;
  [[nodiscard]] bool is_poison() const;

 private:
  bool add_node(std::uint32_t parent, std::string const& name, std::uint32_t& index) const;
  [[nodiscard]] char const* name_at(std::size_t metric) const;

  std::uint8_t* bytes_ = nullptr;
  image_header* header_ = nullptr;
};

}  // namespace standin
