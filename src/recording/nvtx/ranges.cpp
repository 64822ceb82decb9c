// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/nvtx/ranges.hpp"

#include <string>
#include <utility>
#include <vector>

#include <nvtx3/nvToolsExt.h>

namespace flopwatch::detail::nvtx {
namespace {

/// Null when no tool is attached: NVTX then has no domain to give.
nvtxDomainHandle_t domain() noexcept {
  static nvtxDomainHandle_t const handle = nvtxDomainCreateA(domain_name.data());
  return handle;
}

/// Paths of the ranges that this thread has open.
thread_local std::vector<std::string> open_paths;

bool push_text(std::string path, std::string const& text) {
  open_paths.push_back(std::move(path));
  nvtxEventAttributes_t attributes{};
  attributes.version = NVTX_VERSION;
  attributes.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
  attributes.messageType = NVTX_MESSAGE_TYPE_ASCII;
  attributes.message.ascii = text.c_str();
  nvtxDomainRangePushEx(domain(), &attributes);
  return true;
}

}  // namespace

bool attached() noexcept { return domain() != nullptr; }

bool push(scope_node const& node) {
  // Calls of a top-level module share a node; their ranges are still numbered apart.
  bool const top = node.parent == nullptr || node.parent->parent == nullptr;
  return push_text(node.path, message(node.path, node.type, top ? node.entries : node.call, node.in_phase));
}

bool push(scope_label const& label) {
  auto const type = label.module_type == nullptr ? std::string(label.type) : type_label(*label.module_type);
  auto const own = label.module == nullptr ? std::string(label.name) : "(" + type + ")";
  auto const path = open_paths.empty() || open_paths.back().empty() ? own : open_paths.back() + "." + own;
  return push_text(path, message(path, type, 1, label.in_phase.value_or(phase::forward)));
}

void pop() noexcept {
  open_paths.pop_back();
  nvtxDomainRangePop(domain());
}

}  // namespace flopwatch::detail::nvtx
