// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <cstdlib>
#include <langinfo.h>
#include <locale.h>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

#include "text/ascii.hpp"

namespace flopwatch::cli {

int terminal_width() {
  if (isatty(STDOUT_FILENO) == 0) return 0;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  char const* columns = std::getenv("COLUMNS");
  int const n = columns == nullptr ? 0 : std::atoi(columns);
  return n > 0 && n <= 10000 ? n : 0;
}

std::string readable(std::string text) {
  auto const is_set = [](char const* name) {
    char const* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  if (!is_set("LC_ALL") && !is_set("LC_CTYPE") && !is_set("LANG")) return text;
  auto* const locale = newlocale(LC_CTYPE_MASK, "", locale_t{});
  // A locale that is not installed says nothing of the terminal.
  if (locale == locale_t{}) return text;
  std::string_view const charset = nl_langinfo_l(CODESET, locale);
  auto const utf8 = charset == "UTF-8";
  freelocale(locale);
  return utf8 ? text : text::to_ascii(text);
}

bool wants_colour(std::string const& choice) {
  return choice == "always" || (choice == "auto" && terminal_wants_colour());
}

bool terminal_wants_colour() {
  char const* no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  char const* forced = std::getenv("CLICOLOR_FORCE");
  if (forced != nullptr && *forced != '\0' && std::string_view(forced) != "0") return true;
  if (isatty(STDOUT_FILENO) == 0) return false;
  char const* term = std::getenv("TERM");
  return term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace flopwatch::cli
