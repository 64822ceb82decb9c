// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The bytes of a module's image: the layouts of its kernels, and the words of a launch by each of them.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "cupti/param_layout.hpp"
#include "cupti/param_words.hpp"

namespace {

using namespace flopwatch::cupti;

void require(bool good) {
  if (!good) std::abort();
}

void check(param_layout const& layout, std::uint8_t const* data, std::size_t size) {
  std::uint32_t end = 0;
  for (auto const& one : layout.parameters) {
    require(one.size_bytes > 0 && one.offset_bytes >= end);
    end = one.offset_bytes + one.size_bytes;
  }
  require(end == layout.total_bytes);

  // A copy as long as the parameters are, so that AddressSanitizer sees a read behind its end.
  size = std::min<std::size_t>(size, layout.total_bytes);
  std::vector<std::uint8_t> bytes(data, data + size);
  // cuda.h: CU_LAUNCH_PARAM_BUFFER_POINTER is 1, _BUFFER_SIZE 2, _END 0.
  auto const key = [](std::uintptr_t number) { return reinterpret_cast<void*>(number); };
  std::array<void*, 5> extra{key(1), bytes.data(), key(2), &size, key(0)};
  std::array<std::uint64_t, 16> room{};
  launch_params const launch{nullptr, extra.data(), &layout};
  auto const words = words_of(launch, room);
  require(words.state == hash_of(launch).state);
  require((words.state == params_state::known) == (layout.total_bytes == size && size <= most_param_bytes));
  require(hash_of({nullptr, extra.data(), nullptr}).state ==
          (size <= most_param_bytes ? params_state::known : params_state::wrong_extra));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const all = read_param_layouts(std::as_bytes(std::span(data, size)));
  require((all.kind == image_kind::cubin) == all.why_not.empty());
  require(all.kind == image_kind::cubin || all.kernels.empty());
  require(all.kernels.size() <= size / 64);
  for (auto const& [name, layout] : all.kernels) {
    require(all.find(name) == (layout ? &*layout : nullptr));
    if (layout) check(*layout, data, size);
  }
  return 0;
}
