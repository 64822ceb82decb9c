// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/param_layout.hpp"

#include <algorithm>

#include "cupti/cubin_sections.hpp"
#include "cupti/param_attributes.hpp"

namespace flopwatch::cupti {
namespace {

constexpr std::string_view section_prefix = ".nv.info.";

bool begins(std::span<std::byte const> image, std::string_view magic) {
  return image.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), image.begin(),
                    [](char a, std::byte b) { return static_cast<std::byte>(a) == b; });
}

/// PTX is text; the driver takes it with or without the NUL behind it.
bool is_text(std::span<std::byte const> image) {
  auto const part = image.first(std::min<std::size_t>(image.size(), 64));
  return !part.empty() && std::all_of(part.begin(), part.end(), [](std::byte b) {
    auto const c = std::to_integer<unsigned>(b);
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t' || c == 0;
  });
}

image_layouts unread(image_kind kind, std::string_view why) {
  image_layouts answer;
  answer.kind = kind;
  answer.why_not = why;
  return answer;
}

image_layouts not_a_cubin(std::span<std::byte const> image) {
  using namespace std::string_view_literals;
  // The first bytes of a container of fatbinary and of the wrapper that nvcc links around one.
  if (begins(image, "\x50\xed\x55\xba"sv) || begins(image, "\xb1\x43\x62\x46"sv))
    return unread(image_kind::fat_binary, "it is a fat binary, not the cubin that was loaded");
  if (begins(image, "\x28\xb5\x2f\xfd"sv) || begins(image, "\x04\x22\x4d\x18"sv) ||
      begins(image, "\x1f\x8b"sv)) {
    return unread(image_kind::compressed, "it is compressed (zstd, lz4 or gzip)");
  }
  if (is_text(image)) return unread(image_kind::text, "it is text, as PTX is, not the cubin made of it");
  return unread(image_kind::other, "it is no ELF64 image for NVIDIA's GPUs, or a damaged one");
}

}  // namespace

param_layout const* image_layouts::find(std::string_view mangled) const noexcept {
  auto const found = kernels.find(mangled);
  return found == kernels.end() || !found->second ? nullptr : &*found->second;
}

image_layouts read_param_layouts(std::span<std::byte const> image) {
  auto const sections = cubin_sections::open(image);
  if (!sections) return not_a_cubin(image);
  image_layouts answer;
  answer.kind = image_kind::cubin;
  // Sections that share their bytes would make a small image long to read. Those of a sound one do not.
  std::size_t bytes_left = image.size();
  for (std::size_t i = 0; i < sections->size(); ++i) {
    if (!sections->name_begins(i, section_prefix)) continue;
    auto name = sections->name(i, bytes_left);
    auto const bytes = sections->bytes(i);
    if (!name || !bytes || name->size() + bytes->size() > bytes_left)
      return unread(image_kind::other, "its sections are cut off or share their bytes: it is damaged");
    bytes_left -= name->size() + bytes->size();
    name->remove_prefix(section_prefix.size());
    auto const [at, is_first] = answer.kernels.try_emplace(std::string(*name));
    at->second = is_first ? layout_from_attributes(*bytes) : std::nullopt;
  }
  return answer;
}

}  // namespace flopwatch::cupti
