// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/param_attributes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace flopwatch::cupti {
namespace {

// Every attribute begins with its format, its number, and 16 bits that are its value or the number of bytes
// behind them. The names are cuobjdump's, the bits were read off what nvcc 13.0 writes for sm_75, sm_90,
// sm_100.
enum : unsigned { format_none = 1, format_byte = 2, format_half = 3, format_sized = 4 };
enum : unsigned { param_cbank = 0x0a, kparam_info = 0x17, cbank_param_size = 0x19, kparam_info_v2 = 0x45 };

static_assert(std::endian::native == std::endian::little, "a cubin's byte order is that of the machine here");
template <class T>
T read(std::span<std::byte const> from, std::size_t at) noexcept {
  T value;
  std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

struct numbered {
  std::uint16_t ordinal = 0;
  kernel_parameter place;
};

/// Words: an index; ordinal and offset, 16 bits each; the size, in the upper 14 bits of the last word, or in
/// the lower 16 of the second form.
numbered parameter_of(std::span<std::byte const> value, bool second_form) noexcept {
  auto const last = read<std::uint32_t>(value, 8);
  return {read<std::uint16_t>(value, 4),
          {read<std::uint16_t>(value, 6), second_form ? last & 0xffffU : last >> 18U}};
}

struct found_attributes {
  std::vector<numbered> parameters;
  std::optional<std::uint32_t> total_bytes;
};

/// Two attributes say the size of all; they must agree.
bool add_total(found_attributes& found, std::uint32_t bytes) noexcept {
  bool const agrees = !found.total_bytes || *found.total_bytes == bytes;
  found.total_bytes = bytes;
  return agrees;
}

bool add(found_attributes& found, unsigned format, unsigned attribute, unsigned half,
         std::span<std::byte const> value) {
  switch (attribute) {
    case kparam_info:
    case kparam_info_v2:
      if (format != format_sized || value.size() != 12) return false;
      found.parameters.push_back(parameter_of(value, attribute == kparam_info_v2));
      return true;
    case cbank_param_size:
      return format == format_half && add_total(found, half);
    case param_cbank:
      return format == format_sized && value.size() == 8 && add_total(found, read<std::uint16_t>(value, 6));
    default:
      return true;
  }
}

std::optional<found_attributes> walk(std::span<std::byte const> section) {
  found_attributes found;
  while (!section.empty()) {
    if (section.size() < 4) return std::nullopt;
    auto const format = std::to_integer<unsigned>(section[0]);
    auto const attribute = std::to_integer<unsigned>(section[1]);
    auto const half = read<std::uint16_t>(section, 2);
    section = section.subspan(4);
    std::size_t const bytes = format == format_sized ? half : 0;
    if (format < format_none || format > format_sized || bytes > section.size()) return std::nullopt;
    if (!add(found, format, attribute, half, section.first(bytes))) return std::nullopt;
    section = section.subspan(bytes);
  }
  return found;
}

}  // namespace

std::optional<param_layout> layout_from_attributes(std::span<std::byte const> section) {
  auto found = walk(section);
  if (!found) return std::nullopt;
  std::sort(found->parameters.begin(), found->parameters.end(),
            [](numbered const& a, numbered const& b) { return a.ordinal < b.ordinal; });
  param_layout layout;
  layout.total_bytes = found->total_bytes.value_or(0);
  layout.parameters.reserve(found->parameters.size());
  std::uint32_t end = 0;
  for (auto const& [ordinal, place] : found->parameters) {
    if (ordinal != layout.parameters.size() || place.offset_bytes < end || place.size_bytes == 0)
      return std::nullopt;
    end = place.offset_bytes + place.size_bytes;
    layout.parameters.push_back(place);
  }
  if (end != layout.total_bytes) return std::nullopt;
  return layout;
}

}  // namespace flopwatch::cupti
