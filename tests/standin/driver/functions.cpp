// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "driver/functions.hpp"

#include "driver/driver.hpp"

namespace standin {
namespace {

std::mutex mutex;
std::vector<std::unique_ptr<CUfunc_st>>& given_back() {
  static auto& all = *new std::vector<std::unique_ptr<CUfunc_st>>;
  return all;
}

}  // namespace

std::unique_ptr<CUfunc_st> take_function() {
  std::lock_guard const lock(mutex);
  auto& all = given_back();
  if (all.empty()) return std::make_unique<CUfunc_st>();
  auto one = std::move(all.back());
  all.pop_back();
  one->module = nullptr;
  one->block_threads = 1;
  return one;
}

void give_back_functions(CUmod_st& module) {
  if (!state().reuse_functions) return;
  std::lock_guard const its(module.mutex);
  std::lock_guard const lock(mutex);
  for (auto& [name, function] : module.functions) given_back().push_back(std::move(function));
  module.functions.clear();
}

void forget_functions() {
  std::lock_guard const lock(mutex);
  for (auto& one : given_back()) keep(std::move(one));  // for whom still has the handle
  given_back().clear();
}

}  // namespace standin
