// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/cubin_sections.hpp"

#include <cstring>

namespace flopwatch::cupti {
namespace {

bool is_for_gpus(Elf64_Ehdr const& header) noexcept {
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
         header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_machine == EM_CUDA &&
         header.e_shentsize == sizeof(Elf64_Shdr);
}

}  // namespace

std::optional<cubin_sections> cubin_sections::open(std::span<std::byte const> image) noexcept {
  Elf64_Ehdr header{};
  if (image.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, image.data(), sizeof header);
  if (!is_for_gpus(header)) return std::nullopt;
  cubin_sections out;
  out.image_ = image;
  if (!out.part(header.e_shoff, sizeof(Elf64_Shdr))) return std::nullopt;
  out.table_ = header.e_shoff;
  out.count_ = 1;
  // Where there are too many sections for the header's 16 bits, the first section has their number and that
  // of the names (the ELF standard).
  auto const first = out.header(0);
  std::uint64_t const count = header.e_shnum != 0 ? header.e_shnum : first.sh_size;
  std::uint64_t const names = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : first.sh_link;
  if (count > (image.size() - out.table_) / sizeof(Elf64_Shdr) || names >= count) return std::nullopt;
  out.count_ = count;
  auto const text = out.bytes(names);
  if (!text) return std::nullopt;
  out.names_ = {reinterpret_cast<char const*>(text->data()), text->size()};
  return out;
}

bool cubin_sections::name_begins(std::size_t section, std::string_view prefix) const noexcept {
  return name_and_rest(section).starts_with(prefix);
}

std::optional<std::string_view> cubin_sections::name(std::size_t section, std::size_t most) const noexcept {
  auto const text = name_and_rest(section);
  auto const end = text.substr(0, most).find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(0, end);
}

std::optional<std::span<std::byte const>> cubin_sections::bytes(std::size_t section) const noexcept {
  auto const h = header(section);
  if (h.sh_type == SHT_NOBITS) return std::span<std::byte const>{};
  return part(h.sh_offset, h.sh_size);
}

Elf64_Shdr cubin_sections::header(std::size_t section) const noexcept {
  Elf64_Shdr out;
  std::memcpy(&out, image_.data() + table_ + section * sizeof out, sizeof out);
  return out;
}

std::string_view cubin_sections::name_and_rest(std::size_t section) const noexcept {
  std::size_t const at = header(section).sh_name;
  return at < names_.size() ? names_.substr(at) : std::string_view();
}

std::optional<std::span<std::byte const>> cubin_sections::part(std::uint64_t at,
                                                               std::uint64_t bytes) const noexcept {
  if (at > image_.size() || bytes > image_.size() - at) return std::nullopt;
  return image_.subspan(at, bytes);
}

}  // namespace flopwatch::cupti
