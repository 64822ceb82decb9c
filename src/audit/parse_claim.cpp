// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include <fmt/format.h>

#include "audit/wide.hpp"
#include "flopwatch/audit.hpp"
#include "text/printable.hpp"

namespace flopwatch {
namespace {

bool take_end(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

/// Takes a prefix off the end: the power of ten that it is.
int take_exponent(std::string_view& text) {
  constexpr std::string_view prefixes = "KMGTPEZY";
  if (text.empty()) return 0;
  auto const at = prefixes.find(text.back() == 'k' ? 'K' : text.back());
  if (at == prefixes.npos) return 0;
  text.remove_suffix(1);
  return 3 * (static_cast<int>(at) + 1);
}

}  // namespace

claim_request parse_claim(std::string_view text, std::int64_t tokens) {
  auto const equals = text.find('=');
  claim_request out;
  out.name = text.substr(0, equals);
  if (out.name.empty())
    throw usage_error(fmt::format("'{}' is no claim: it has no name", text::printable(text)));
  if (equals == text.npos) return out;
  auto number = text.substr(equals + 1);
  audit_flops factor = 1;
  if (take_end(number, "/token")) {
    if (tokens <= 0)
      throw usage_error("a claim for each token needs --tokens, which the capture does not show");
    factor = tokens;
  }
  if (take_end(number, "MACs") || take_end(number, "MACS")) {
    factor = audits::mul(factor, 2);
  } else if (!take_end(number, "FLOPs")) {
    static_cast<void>(take_end(number, "FLOPS"));
  }
  auto const trim = [&] {
    while (!number.empty() && number.back() == ' ') number.remove_suffix(1);
  };
  trim();
  auto const exponent = take_exponent(number);
  trim();
  auto const value = audits::parse_decimal(number, exponent);
  out.stated = audits::mul(value.value, factor);
  out.rounding = audits::mul(value.half_unit, factor);
  return out;
}

}  // namespace flopwatch
