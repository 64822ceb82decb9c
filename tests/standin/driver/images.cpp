// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "driver/images.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <elf.h>

namespace standin {

std::string bytes_of_image(void const* image) {
  auto const* const bytes = static_cast<char const*>(image);
  // Byte by byte, up to the first difference: a text may be shorter than the magic.
  if (std::strncmp(bytes, ELFMAG, SELFMAG) != 0 || bytes[EI_CLASS] != ELFCLASS64) return bytes;
  Elf64_Ehdr header;
  std::memcpy(&header, bytes, sizeof header);
  std::uint64_t end = sizeof header;
  if (header.e_phnum > 0)
    end = std::max(end, header.e_phoff + std::uint64_t{header.e_phnum} * header.e_phentsize);
  if (header.e_shoff != 0) {
    auto const section = [&](std::uint64_t index) {
      Elf64_Shdr one;
      std::memcpy(&one, bytes + header.e_shoff + index * sizeof one, sizeof one);
      return one;
    };
    // The ELF standard: the first section has the number of all where the header's 16 bits do not.
    std::uint64_t const count = header.e_shnum != 0 ? header.e_shnum : section(0).sh_size;
    end = std::max(end, header.e_shoff + count * sizeof(Elf64_Shdr));
    for (std::uint64_t i = 1; i < count; ++i) {
      auto const one = section(i);
      if (one.sh_type != SHT_NOBITS) end = std::max(end, one.sh_offset + one.sh_size);
    }
  }
  return {bytes, end};
}

}  // namespace standin
