// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "target/counter_image.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace standin {
namespace {

constexpr std::size_t name_slot = 256;  ///< bytes for a metric's name
constexpr unsigned char nonsense = 0xdb;
constexpr char mark[16] = STANDIN_IMAGE_MARK;
constexpr std::size_t poisoned_from = offsetof(image_header, size);

}  // namespace

std::size_t counter_image::size_for(std::vector<std::string> const& metrics, std::size_t ranges,
                                    std::size_t nodes) {
  return sizeof(image_header) + metrics.size() * name_slot + ranges * metrics.size() * sizeof(double) +
         ranges * sizeof(image_range) + nodes * sizeof(image_node);
}

void counter_image::initialise(std::uint8_t* bytes, std::vector<std::string> const& metrics,
                               std::size_t ranges, std::size_t nodes, std::string const& chip) {
  auto const size = size_for(metrics, ranges, nodes);
  std::memset(bytes, 0, size);
  auto& header = *reinterpret_cast<image_header*>(bytes);
  std::memcpy(header.mark, mark, sizeof mark);
  header.format = 1;
  header.size = size;
  header.max_ranges = ranges;
  header.max_nodes = nodes;
  header.num_metrics = static_cast<std::uint32_t>(metrics.size());
  header.passes = 1;
  std::snprintf(header.chip, sizeof header.chip, "%s", chip.c_str());
  header.names_at = sizeof header;
  header.values_at = header.names_at + metrics.size() * name_slot;
  header.ranges_at = header.values_at + ranges * metrics.size() * sizeof(double);
  header.nodes_at = header.ranges_at + ranges * sizeof(image_range);
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    std::snprintf(reinterpret_cast<char*>(bytes + header.names_at + i * name_slot), name_slot, "%s",
                  metrics[i].c_str());
  }
}

bool counter_image::has_mark(std::uint8_t const* bytes, std::size_t size) {
  return bytes != nullptr && size >= sizeof(image_header) && std::memcmp(bytes, mark, sizeof mark) == 0;
}

counter_image::counter_image(std::uint8_t* bytes, std::size_t size) {
  if (!has_mark(bytes, size) || reinterpret_cast<std::uintptr_t>(bytes) % alignof(image_header) != 0) return;
  auto* const header = reinterpret_cast<image_header*>(bytes);
  bool const whole =
      header->in_flight == 1 ||
      (header->format == 1 && header->in_flight == 0 && header->size <= size &&
       header->num_ranges <= header->max_ranges && header->num_nodes <= header->max_nodes &&
       header->values_at == header->names_at + header->num_metrics * name_slot &&
       header->ranges_at == header->values_at + header->max_ranges * header->num_metrics * sizeof(double) &&
       header->nodes_at == header->ranges_at + header->max_ranges * sizeof(image_range) &&
       header->size == header->nodes_at + header->max_nodes * sizeof(image_node));
  if (!whole) return;
  bytes_ = bytes;
  header_ = header;
}

char const* counter_image::name_at(std::size_t metric) const {
  return reinterpret_cast<char const*>(bytes_ + header_->names_at + metric * name_slot);
}

std::vector<std::string> counter_image::metrics() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < header_->num_metrics; ++i) names.emplace_back(name_at(i));
  return names;
}

int counter_image::find_metric(char const* name, std::size_t guess) const {
  if (guess < header_->num_metrics && std::strcmp(name, name_at(guess)) == 0) return static_cast<int>(guess);
  for (std::size_t i = 0; i < header_->num_metrics; ++i) {
    if (std::strcmp(name, name_at(i)) == 0) return static_cast<int>(i);
  }
  return -1;
}

double* counter_image::values(std::size_t range) const {
  return reinterpret_cast<double*>(bytes_ + header_->values_at) + range * header_->num_metrics;
}

image_range& counter_image::range(std::size_t index) const {
  return reinterpret_cast<image_range*>(bytes_ + header_->ranges_at)[index];
}

image_node& counter_image::node(std::size_t index) const {
  return reinterpret_cast<image_node*>(bytes_ + header_->nodes_at)[index];
}

std::vector<std::string> counter_image::path(std::size_t index) const {
  std::vector<std::string> names;
  for (auto at = range(index).node; at < header_->num_nodes; at = node(at).parent) {
    names.emplace_back(node(at).name, std::min<std::size_t>(node(at).length, sizeof node(at).name));
  }
  std::reverse(names.begin(), names.end());
  return names;
}

bool counter_image::add_node(std::uint32_t parent, std::string const& name, std::uint32_t& index) const {
  if (header_->num_nodes >= header_->max_nodes) return false;
  index = static_cast<std::uint32_t>(header_->num_nodes++);
  auto& fresh = node(index);
  fresh.parent = parent;
  fresh.length = static_cast<std::uint32_t>(std::min(name.size(), sizeof fresh.name));
  std::memcpy(fresh.name, name.data(), fresh.length);
  return true;
}

bool counter_image::append(range_sample const& sample, std::uint32_t passes_seen,
                           node_index& ancestors) const {
  if (header_->num_ranges >= header_->max_ranges) return false;
  std::uint32_t at = no_parent;
  if (sample.path.empty()) {
    // Rule 23: AutoRange names are "0", "1", ... in order of execution; they begin again with the image.
    if (!add_node(no_parent, std::to_string(header_->num_ranges), at)) return false;
  }
  for (std::size_t depth = 0; depth < sample.path.size(); ++depth) {
    bool const leaf = depth + 1 == sample.path.size();
    auto const key = std::pair(at, sample.path[depth]);
    auto const known = ancestors.find(key);
    if (!leaf && known != ancestors.end()) {
      at = known->second;
    } else if (add_node(at, sample.path[depth], at)) {
      ancestors[key] = at;
    } else {
      return false;
    }
  }
  auto const index = header_->num_ranges++;
  range(index) = {at, passes_seen, sample.launches};
  std::copy(sample.values.begin(), sample.values.end(), values(index));
  return true;
}

void counter_image::poison() const {
  auto const size = header_->size;
  header_->in_flight = 1;
  std::memset(bytes_ + poisoned_from, nonsense, size - poisoned_from);
}

bool counter_image::is_poison() const { return header_->in_flight == 1; }

}  // namespace standin
