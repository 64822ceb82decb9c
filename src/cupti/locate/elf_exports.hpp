// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace flopwatch::cupti {

/// The functions that a shared library exports, read from its file: the library is neither loaded nor run.
class elf_exports {
 public:
  /// nullopt when the file is not a 64-bit ELF library of this machine's byte order, or is truncated.
  [[nodiscard]] static std::optional<elf_exports> read(std::filesystem::path const& file);

  [[nodiscard]] bool has(std::string_view name) const { return names_.count(std::string(name)) != 0; }

 private:
  std::unordered_set<std::string> names_;
};

}  // namespace flopwatch::cupti
