// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cupti/param_attributes.hpp"

namespace flopwatch::cupti {

/// What CUpti_ModuleResourceData::pCubin can point to.
enum class image_kind : std::uint8_t {
  cubin,       ///< an ELF64 image for GPUs
  fat_binary,  ///< several images in one container, which may be compressed
  compressed,
  text,   ///< PTX, which the driver compiles
  other,  ///< anything else, a damaged cubin included
};

/// The layouts of one image.
struct image_layouts {
  image_kind kind = image_kind::other;
  /// By mangled name; nullopt where the attributes are damaged, contradict each other, or are of a kind not
  /// known here. A kernel without parameters has an empty layout, and so have the functions that kernels call
  /// and that no launch names.
  std::map<std::string, std::optional<param_layout>, std::less<>> kernels;
  /// Why nothing at all could be read, a clause; "" where something was.
  std::string_view why_not;

  /// Null for a kernel whose layout is not known.
  [[nodiscard]] param_layout const* find(std::string_view mangled) const noexcept;
};

/// Reads what nvcc says of the parameters in the sections `.nv.info.<kernel>`: the attributes 0x17
/// (EIATTR_KPARAM_INFO), 0x45 (EIATTR_KPARAM_INFO_V2: of kernels with a parameter of 16 kB or more, as
/// nvcc 13.0 writes it), and 0x0a (EIATTR_PARAM_CBANK) and 0x19 (EIATTR_CBANK_PARAM_SIZE) for the size of
/// all. Takes any bytes: time and memory are at most in proportion to their number. Calls no CUDA.
/// Thread-safe. \throws std::bad_alloc, nothing else
[[nodiscard]] image_layouts read_param_layouts(std::span<std::byte const> image);

}  // namespace flopwatch::cupti
