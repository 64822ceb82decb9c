// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "doctor/visible.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "text/count_text.hpp"

namespace flopwatch::doctor {
namespace {

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Why an entry names no device; "" if it names one.
std::string error_of(std::string_view entry, std::vector<physical_gpu> const& gpus) {
  if (entry.empty()) return "an empty entry";
  if (entry.starts_with("MIG-")) return "";  // the driver alone knows the slices
  if (entry.starts_with("GPU-")) {
    auto const matches = std::count_if(gpus.begin(), gpus.end(),
                                       [&](physical_gpu const& g) { return g.uuid.starts_with(entry); });
    if (gpus.empty() || matches == 1) return "";
    return matches == 0 ? "no GPU has the UUID " + std::string(entry)
                        : "more than one GPU has a UUID that begins with " + std::string(entry);
  }
  int index = 0;
  auto const [end, failed] = std::from_chars(entry.data(), entry.data() + entry.size(), index);
  if (failed != std::errc() || end != entry.data() + entry.size()) {
    return "\"" + std::string(entry) + "\" is neither a number nor a UUID";
  }
  if (index < 0) return std::to_string(index) + " names no GPU";
  if (!gpus.empty() && static_cast<std::size_t>(index) >= gpus.size()) {
    auto const n = static_cast<std::int64_t>(gpus.size());
    return fmt::format("there is no GPU {}: the machine has {}, and the first is 0", index,
                       text::counted(n, "GPU"));
  }
  return "";
}

}  // namespace

std::string visible_devices_error(std::string_view value, std::vector<physical_gpu> const& gpus) {
  if (trimmed(value).empty()) return "it is empty, which hides every GPU";
  bool first = true;
  for (;;) {
    auto const comma = value.find(',');
    auto const error = error_of(trimmed(value.substr(0, comma)), gpus);
    bool const last = comma == std::string_view::npos;
    if (!error.empty()) {
      if (first) return error + ", so every GPU is hidden";
      return error + (last ? ", so it is left out" : ", so it and all after it are hidden");
    }
    if (last) return "";
    value.remove_prefix(comma + 1);
    first = false;
  }
}

}  // namespace flopwatch::doctor
