// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/count_text.hpp"

#include <fmt/format.h>

#include "text/number_text.hpp"

namespace flopwatch::text {

std::string counted(std::int64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(n), noun, n == 1 ? "" : "s");
}

std::string counted(std::int64_t n, std::string_view one, std::string_view several) {
  return fmt::format("{} {}", grouped(n), n == 1 ? one : several);
}

}  // namespace flopwatch::text
