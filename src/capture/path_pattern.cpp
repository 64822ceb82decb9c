// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/path_pattern.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "flopwatch/error.hpp"
#include "text/printable.hpp"

namespace flopwatch {
namespace {

/// A host's name is one part of a file name.
std::string host_part(std::string host) {
  std::replace(host.begin(), host.end(), '/', '_');
  return host;
}

}  // namespace

std::filesystem::path expand_pattern(std::string_view pattern, process_name const& who) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    auto const letter = ++i < pattern.size() ? pattern[i] : '\0';
    switch (letter) {
      case 'h':
        out += host_part(who.host);
        break;
      case 'p':
        out += std::to_string(who.pid);
        break;
      case 'r':
        out += std::to_string(who.rank.value_or(who.pid));
        break;
      case '%':
        out += '%';
        break;
      default:
        throw usage_error(fmt::format(
            "the path '{}' has {}: write %h for the host, %p for the process id, %r for the rank (the process "
            "id where there is none), and %% for a percent sign",
            text::printable(pattern),
            i < pattern.size()
                ? fmt::format("'%{}', which means nothing", text::printable(pattern.substr(i, 1)))
                : std::string("a '%' at its end")));
    }
  }
  return out;
}

}  // namespace flopwatch
