// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <string>
#include <utility>
#include <vector>

namespace flopwatch::test {

/// Attributes of a kernel, as bytes.
class synthetic_attributes {
 public:
  /// \param half the value, or of format 4 the number of bytes behind
  void add(unsigned format, unsigned attribute, unsigned half, std::vector<std::uint32_t> const& words = {}) {
    bytes_ += static_cast<char>(format);
    bytes_ += static_cast<char>(attribute);
    put(static_cast<std::uint16_t>(half));
    for (auto const word : words) put(word);
  }
  void parameter(unsigned ordinal, unsigned offset_bytes, unsigned size_bytes) {
    add(4, 0x17, 12, {0, ordinal | offset_bytes << 16U, size_bytes << 18U | 0x1f000U});
  }
  void parameter_v2(unsigned ordinal, unsigned offset_bytes, unsigned size_bytes) {
    add(4, 0x45, 12, {0, ordinal | offset_bytes << 16U, size_bytes | 5U << 24U});
  }
  void total(unsigned bytes) {
    add(3, 0x19, bytes);
    add(4, 0x0a, 8, {7, bytes << 16U | 0x210U});
  }
  [[nodiscard]] std::string const& bytes() const { return bytes_; }

 private:
  template <class T>
  void put(T value) {
    for (std::size_t i = 0; i < sizeof value; ++i) bytes_ += static_cast<char>(value >> 8U * i & 0xffU);
  }
  std::string bytes_;
};

/// An ELF64 image for GPUs of the given sections: their bytes, their names, the table.
class synthetic_cubin {
 public:
  Elf64_Ehdr header = usual_header();
  std::vector<Elf64_Shdr> table{1};
  std::string names = std::string(1, '\0');
  std::string contents;

  void add(std::string const& name, std::string const& bytes) {
    Elf64_Shdr one{};
    one.sh_name = static_cast<Elf64_Word>(names.size());
    one.sh_type = SHT_LOPROC;
    one.sh_offset = sizeof header + contents.size();
    one.sh_size = bytes.size();
    names += name + '\0';
    contents += bytes;
    table.push_back(one);
  }
  void add_kernel(std::string const& name, synthetic_attributes const& attributes) {
    add(".nv.info." + name, attributes.bytes());
  }

  /// With the section of the names added. `names` has its own name, too.
  [[nodiscard]] std::string bytes() const {
    synthetic_cubin whole = *this;
    whole.names += std::string(".shstrtab") + '\0';
    Elf64_Shdr own{};
    own.sh_name = static_cast<Elf64_Word>(names.size());
    own.sh_type = SHT_STRTAB;
    own.sh_offset = sizeof header + contents.size();
    own.sh_size = whole.names.size();
    whole.table.push_back(own);
    whole.header.e_shoff = own.sh_offset + own.sh_size;
    if (header.e_shnum != 0xffff) {
      whole.header.e_shnum = static_cast<Elf64_Half>(whole.table.size());
      whole.header.e_shstrndx = static_cast<Elf64_Half>(whole.table.size() - 1);
    } else {  // as where there are too many sections for the header
      whole.header.e_shnum = 0;
      whole.header.e_shstrndx = SHN_XINDEX;
      whole.table[0].sh_size = whole.table.size();
      whole.table[0].sh_link = static_cast<Elf64_Word>(whole.table.size() - 1);
    }
    std::string out(reinterpret_cast<char const*>(&whole.header), sizeof header);
    out += contents + whole.names;
    return out.append(reinterpret_cast<char const*>(whole.table.data()),
                      whole.table.size() * sizeof(Elf64_Shdr));
  }

 private:
  static Elf64_Ehdr usual_header() {
    Elf64_Ehdr made{};
    std::memcpy(made.e_ident, ELFMAG, SELFMAG);
    made.e_ident[EI_CLASS] = ELFCLASS64;
    made.e_ident[EI_DATA] = ELFDATA2LSB;
    made.e_type = ET_EXEC;
    made.e_machine = EM_CUDA;
    made.e_shentsize = sizeof(Elf64_Shdr);
    return made;
  }
};

}  // namespace flopwatch::test
