// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <elf.h>
#include <optional>
#include <span>
#include <string_view>

namespace flopwatch::cupti {

/// The sections of an ELF64 image for NVIDIA's GPUs. Looks at the bytes it was given, which must outlive it,
/// and at none beside them. Allocates nothing.
class cubin_sections {
 public:
  /// nullopt for bytes that are no such image, or whose tables are not within them.
  [[nodiscard]] static std::optional<cubin_sections> open(std::span<std::byte const> image) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool name_begins(std::size_t section, std::string_view prefix) const noexcept;
  /// nullopt where the name does not end within `most` bytes.
  [[nodiscard]] std::optional<std::string_view> name(std::size_t section, std::size_t most) const noexcept;
  /// nullopt where they are not within the image. A section that takes no room in it has none.
  [[nodiscard]] std::optional<std::span<std::byte const>> bytes(std::size_t section) const noexcept;

 private:
  [[nodiscard]] Elf64_Shdr header(std::size_t section) const noexcept;
  [[nodiscard]] std::string_view name_and_rest(std::size_t section) const noexcept;
  [[nodiscard]] std::optional<std::span<std::byte const>> part(std::uint64_t at,
                                                               std::uint64_t bytes) const noexcept;

  std::span<std::byte const> image_;
  std::size_t table_ = 0;
  std::size_t count_ = 0;
  std::string_view names_;
};

}  // namespace flopwatch::cupti
