// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "scope/nvtx_ranges.hpp"

#include <array>
#include <charconv>

#include <nvtx3/nvToolsExt.h>

namespace flopwatch::detail::nvtx {
namespace {

/// Null when no tool is attached: NVTX then has no domain to give.
nvtxDomainHandle_t domain() noexcept {
  static nvtxDomainHandle_t const handle = nvtxDomainCreateA("flopwatch");
  return handle;
}

void escape_into(std::string& out, std::string_view text) {
  for (char const c : text) {
    if (c == '|' || c == '\\') out += '\\';
    out += c;
  }
}

bool push_text(std::string const& text) {
  nvtxEventAttributes_t attributes{};
  attributes.version = NVTX_VERSION;
  attributes.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
  attributes.messageType = NVTX_MESSAGE_TYPE_ASCII;
  attributes.message.ascii = text.c_str();
  nvtxDomainRangePushEx(domain(), &attributes);
  return true;
}

constexpr std::array phases{phase::forward, phase::backward, phase::recompute, phase::optimizer};

}  // namespace

bool attached() noexcept { return domain() != nullptr; }

std::string message(std::string_view path, std::string_view type, std::int64_t call, phase in_phase) {
  std::string text;
  text.reserve(path.size() + type.size() + 24);
  escape_into(text, path);
  text += '|';
  escape_into(text, type);
  text += '|';
  text += std::to_string(call);
  text += '|';
  text += to_string(in_phase);
  return text;
}

bool push(scope_node const& node) {
  // Calls of a top-level module share a node; their ranges are still numbered apart.
  bool const top = node.parent == nullptr || node.parent->parent == nullptr;
  return push_text(message(node.path, node.type, top ? node.entries : node.call, node.in_phase));
}

bool push(scope_label const& label) {
  auto const type = label.module_type == nullptr ? std::string(label.type) : type_label(*label.module_type);
  return push_text(message(label.name, type, 1, phase::forward));
}

void pop() noexcept { nvtxDomainRangePop(domain()); }

bool parse(std::string_view text, range& out) {
  std::array<std::string, 4> parts;
  std::size_t part = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '|') {
      if (++part == parts.size()) return false;
      continue;
    }
    if (text[i] == '\\' && ++i == text.size()) return false;
    parts[part] += text[i];
  }
  if (part + 1 != parts.size()) return false;
  auto const& number = parts[2];
  auto const [end, failed] = std::from_chars(number.data(), number.data() + number.size(), out.call);
  if (failed != std::errc() || end != number.data() + number.size() || out.call < 1) return false;
  for (auto const p : phases) {
    if (parts[3] != to_string(p)) continue;
    out.in_phase = p;
    out.path = std::move(parts[0]);
    out.type = std::move(parts[1]);
    return true;
  }
  return false;
}

}  // namespace flopwatch::detail::nvtx
