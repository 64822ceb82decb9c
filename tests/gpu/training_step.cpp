// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/training_step.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace known_counts {
namespace {

constexpr int layers = 4;
constexpr int tensor_lists = 12;  // that an optimizer of many tensors updates, each by one launch

/// By what they stand for.
class kind {
 public:
  explicit kind(program const& kernels)
      : product(of(kernels, "known_mma_bf16")),
        elementwise(of(kernels, "known_hfma2")),
        addition(of(kernels, "known_hadd2")),
        reduction(of(kernels, "known_fadd")),
        update(of(kernels, "known_ffma")) {}

  std::size_t product, elementwise, addition, reduction, update;

 private:
  static std::size_t of(program const& kernels, std::string const& name) {
    auto const& all = kernels.kernels();
    auto const found = std::find_if(all.begin(), all.end(), [&](kernel const& k) { return k.name == name; });
    if (found == all.end()) throw std::runtime_error("there is no kernel " + name + " for this GPU");
    return static_cast<std::size_t>(found - all.begin());
  }
};

}  // namespace

std::vector<std::size_t> training_step(program const& kernels) {
  kind const k(kernels);
  // Norm, query-key-value, attention, projection, residual; norm, two products around an activation,
  // residual.
  std::vector<std::size_t> const forward{k.reduction, k.product, k.product,     k.product, k.addition,
                                         k.reduction, k.product, k.elementwise, k.product, k.addition};
  // The same from behind: two products for each, and sums of gradients of biases.
  std::vector<std::size_t> const backward{k.product, k.product,   k.reduction, k.elementwise, k.product,
                                          k.product, k.reduction, k.reduction, k.reduction,   k.addition,
                                          k.product, k.product,   k.reduction, k.product,     k.product,
                                          k.product, k.product,   k.reduction, k.reduction,   k.addition};
  std::vector<std::size_t> out{k.elementwise};  // embedding
  auto const add = [&](std::vector<std::size_t> const& some) {
    out.insert(out.end(), some.begin(), some.end());
  };
  for (int i = 0; i < layers; ++i) add(forward);
  add({k.reduction, k.product, k.reduction, k.elementwise});  // norm, head, loss
  add({k.elementwise, k.product, k.product, k.reduction});    // the same, backward
  for (int i = 0; i < layers; ++i) add(backward);
  add({k.addition, k.reduction});  // embedding's gradient; the norm of all
  for (int i = 0; i < tensor_lists; ++i) add({k.update});
  return out;
}

void launch_step(program const& kernels, std::vector<std::size_t> const& step) {
  for (auto const i : step) kernels.launch(i);
  kernels.wait();
}

}  // namespace known_counts
