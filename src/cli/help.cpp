// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include <algorithm>
#include <stdexcept>

#include "cli/embedded.hpp"

namespace flopwatch::cli {
namespace {

constexpr std::string_view section_mark = "## ";

/// Calls `visit(line)` for each line of the command's section.
template <class F>
bool for_section(std::string_view document, std::string_view command, F const& visit) {
  std::string const wanted = "## flopwatch " + std::string(command);
  bool inside = command.empty();
  bool found = inside;
  while (!document.empty()) {
    auto const end = std::min(document.find('\n'), document.size());
    auto const line = document.substr(0, end);
    document.remove_prefix(std::min(end + 1, document.size()));
    if (line.substr(0, section_mark.size()) == section_mark) {
      inside = !command.empty() && line == wanted;
      found = found || inside;
    } else if (inside) {
      visit(line);
    }
  }
  return found;
}

bool is_title_or_comment(std::string_view line) {
  return line.substr(0, 2) == "# " || line.substr(0, 4) == "<!--";
}

}  // namespace

std::string help_text(std::string_view document, std::string_view command) {
  std::string out;
  bool in_block = false;
  bool const found = for_section(document, command, [&](std::string_view line) {
    if (line.substr(0, 3) == "```") {
      in_block = !in_block;
      return;
    }
    if (!in_block && is_title_or_comment(line)) return;
    if (line.empty() && (out.empty() || out.back() == '\n') &&
        (out.size() < 2 || out[out.size() - 2] == '\n'))
      return;
    if (in_block && !line.empty()) out += "  ";
    if (in_block) {
      out += line;
    } else {
      std::copy_if(line.begin(), line.end(), std::back_inserter(out), [](char c) { return c != '`'; });
    }
    out += '\n';
  });
  if (!found) throw std::out_of_range("no help for " + std::string(command));
  while (out.size() > 1 && out[out.size() - 2] == '\n') out.pop_back();
  return out;
}

std::string help_text(std::string_view command) {
  std::string const document(reinterpret_cast<char const*>(embedded::cli_documentation),
                             embedded::cli_documentation_size);
  return help_text(document, command);
}

}  // namespace flopwatch::cli
