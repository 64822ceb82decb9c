// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace flopwatch::cupti {

/// One parameter of a kernel, in the buffer that the driver hands to the GPU.
struct kernel_parameter {
  std::uint32_t offset_bytes = 0;
  std::uint32_t size_bytes = 0;  ///< never 0; an empty struct has 1
  friend bool operator==(kernel_parameter const&, kernel_parameter const&) = default;
};

/// The parameters of a kernel in the order of its declaration, which is that of `kernelParams`. They do not
/// overlap, their offsets go up, and `total_bytes` ends with the last one.
struct param_layout {
  std::vector<kernel_parameter> parameters;
  std::uint32_t total_bytes = 0;
  friend bool operator==(param_layout const&, param_layout const&) = default;
};

/// The layout that the attributes of one section `.nv.info.<kernel>` give. nullopt for attributes that cannot
/// be walked to their end, and for parameters that are missing, twice there, overlap, or exceed the size of
/// all. Memory: at most the size of the section.
[[nodiscard]] std::optional<param_layout> layout_from_attributes(std::span<std::byte const> section);

}  // namespace flopwatch::cupti
