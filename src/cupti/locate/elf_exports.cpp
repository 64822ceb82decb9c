// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/locate/elf_exports.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <system_error>
#include <vector>

namespace flopwatch::cupti {
namespace {

/// Reads parts of a file; refuses what is outside it.
class file_parts {
 public:
  explicit file_parts(std::filesystem::path const& file) {
    std::error_code failed;
    // A pipe or a device could block forever.
    if (!std::filesystem::is_regular_file(file, failed)) return;
    size_ = std::filesystem::file_size(file, failed);
    if (!failed) stream_.open(file, std::ios::binary);
  }

  template <class T>
  std::optional<std::vector<T>> read(std::uint64_t at, std::uint64_t bytes) {
    if (!stream_.is_open() || at > size_ || bytes > size_ - at) return std::nullopt;
    std::vector<T> out(bytes / sizeof(T));
    stream_.seekg(static_cast<std::streamoff>(at));
    stream_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size() * sizeof(T)));
    if (!stream_) return std::nullopt;
    return out;
  }

 private:
  std::ifstream stream_;
  std::uintmax_t size_ = 0;
};

bool is_library(Elf64_Ehdr const& header) {
  constexpr unsigned char own_order = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
         header.e_ident[EI_DATA] == own_order && header.e_type == ET_DYN &&
         header.e_shentsize == sizeof(Elf64_Shdr);
}

}  // namespace

std::optional<elf_exports> elf_exports::read(std::filesystem::path const& file) {
  file_parts parts(file);
  auto const header = parts.read<Elf64_Ehdr>(0, sizeof(Elf64_Ehdr));
  if (!header || !is_library(header->front())) return std::nullopt;
  auto const sections =
      parts.read<Elf64_Shdr>(header->front().e_shoff, sizeof(Elf64_Shdr) * header->front().e_shnum);
  if (!sections) return std::nullopt;
  elf_exports out;
  for (auto const& section : *sections) {
    if (section.sh_type != SHT_DYNSYM) continue;
    if (section.sh_link >= sections->size()) return std::nullopt;
    auto const& strings = (*sections)[section.sh_link];
    auto const symbols = parts.read<Elf64_Sym>(section.sh_offset, section.sh_size);
    auto const text = parts.read<char>(strings.sh_offset, strings.sh_size);
    if (!symbols || !text || text->empty() || text->back() != '\0') return std::nullopt;
    for (auto const& symbol : *symbols) {
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= text->size()) continue;
      out.names_.emplace(text->data() + symbol.st_name);
    }
  }
  return out;
}

}  // namespace flopwatch::cupti
