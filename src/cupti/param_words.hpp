// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cupti/param_attributes.hpp"

/// \file
/// What the parameters of one launch say about the work that it does: to find launches that do the same.
///
/// A parameter is cut into words. Where it can hold a pointer (its offset and its size are multiples of 8) a
/// word has 8 bytes, else 4; the last one may have fewer. What a word then counts as:
/// - up to 4 bytes: their value, as they are. Floats are no exception.
/// - 8 bytes below 2^32: their value.
/// - 8 bytes of 2^32 or more that are a parameter of their own: a pointer, of which only `not_null` counts. A
///   `double`, a large `size_t` and a struct of two counts look the same, and are taken for one.
/// - 8 bytes of 2^32 or more inside a larger struct: a pointer too, except where they are no address (2^57 or
///   more) or their lower half is below 2^24, as in two counts side by side: {m, n} is not a pointer. An
///   address of that kind (one allocation in 256) makes two launches look different that are not; a count of
///   2^24 or more, with another one behind it in the same 8 bytes, is not seen.
/// Padding inside a struct counts with what happens to be there.

namespace flopwatch::cupti {

/// What stands for an address: one itself, so that no value is equal to it.
inline constexpr std::uint64_t not_null = 0x1'ffff'ffff;
/// The most bytes of parameters that a launch can have is 32,764 (CUDA's programming guide); more is refused.
inline constexpr std::size_t most_param_bytes = 32'768;

enum class params_state : std::uint8_t {
  known,
  no_layout,    ///< `kernelParams` without a layout, or with one that is too large
  no_values,    ///< the launch has no parameters, or a null among them, where its kernel has some
  wrong_extra,  ///< `extra` has no buffer and size, is of another size than the layout, or is too large
};

/// The parameters as a launching call has them: one of the two, or none for a kernel without parameters.
struct launch_params {
  void* const* kernel_params = nullptr;  ///< as many as the layout has parameters
  void* const* extra = nullptr;          ///< key, value, ... up to CU_LAUNCH_PARAM_END
  param_layout const* layout = nullptr;  ///< of this very kernel; null: not known, and `extra` is one struct
};

struct param_words {
  params_state state = params_state::known;
  std::size_t count = 0;  ///< of all words; those that found no room are not in the buffer
};
struct param_hash {
  params_state state = params_state::known;
  std::uint64_t hash = 0;  ///< of all words and their order; 0 unless `known`
};

// Both read the caller's memory and nothing else, allocate nothing, and are quick: fit for a callback of
// CUPTI, from any thread. They agree: equal words are an equal hash. `kernelParams` and `extra` of the same
// values give the same words, if the layout is known.

/// \param room gets the words, by their places, which depend on the layout alone: word n of two launches of
/// one kernel is the same variable
[[nodiscard]] param_words words_of(launch_params const& params, std::span<std::uint64_t> room) noexcept;
[[nodiscard]] param_hash hash_of(launch_params const& params) noexcept;

}  // namespace flopwatch::cupti
