// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "target/hooks.hpp"

namespace standin {
namespace {

void reset_all() {
  forget_subscriber();
  forget_range_objects();
  forget_profiler();
  forget_host();
}

}  // namespace

cupti_hooks const& cupti_side() {
  static cupti_hooks const hooks{wants_callback, api_callback,      passes_of_kernel, count_kernel,
                                 waited_for,     resource_callback, context_gone,     reset_all};
  return hooks;
}

}  // namespace standin
