// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "doctor/visible.hpp"

#include <algorithm>
#include <charconv>

namespace flopwatch::doctor {
namespace {

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string number_of_gpus(std::size_t n) {
  return n == 1 ? "there is 1 GPU" : "there are " + std::to_string(n) + " GPUs";
}

/// Why an entry names no device; "" when it names one.
std::string trouble_of(std::string_view entry, std::vector<physical_gpu> const& gpus) {
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
    return "there is no GPU " + std::to_string(index) + " (" + number_of_gpus(gpus.size()) + ", from 0 on)";
  }
  return "";
}

}  // namespace

std::string visible_devices_trouble(std::string_view value, std::vector<physical_gpu> const& gpus) {
  if (trimmed(value).empty()) return "it is empty, which hides every GPU";
  bool first = true;
  for (;;) {
    auto const comma = value.find(',');
    auto const trouble = trouble_of(trimmed(value.substr(0, comma)), gpus);
    bool const last = comma == std::string_view::npos;
    if (!trouble.empty()) {
      if (first) return trouble + ", so every GPU is hidden";
      return trouble + (last ? ", so it is left out" : ", so it and all behind it are hidden");
    }
    if (last) return "";
    value.remove_prefix(comma + 1);
    first = false;
  }
}

}  // namespace flopwatch::doctor
