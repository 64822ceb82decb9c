// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/operand_sizes.hpp"

#include <algorithm>
#include <charconv>

namespace flopwatch::attribution_detail {
namespace {

/// "640,768"
bool read_sizes(std::string_view text, operand_size& size) {
  size = {0, 1};
  for (auto const *at = text.data(), *const end = at + text.size(); at != end;) {
    std::int64_t n = 0;
    auto const [next, error] = std::from_chars(at, end, n);
    if (error != std::errc{} || n < 0 || __builtin_mul_overflow(size.elements, n, &size.elements))
      return false;
    ++size.rank;
    at = next != end && *next == ',' ? next + 1 : next;
    if (at != end && at == next) return false;
  }
  return size.rank > 0;
}

}  // namespace

std::vector<operand_size> operand_sizes(std::string_view shapes) {
  std::vector<operand_size> all;
  for (auto end = shapes.find(']'); end != std::string_view::npos; end = shapes.find(']', end + 1)) {
    auto const begin = shapes.rfind('[', end);
    operand_size size;
    if (begin != std::string_view::npos && read_sizes(shapes.substr(begin + 1, end - begin - 1), size)) {
      all.push_back(size);
    }
  }
  return all;
}

bool has_parameters(std::vector<operand_size> const& operands, std::int64_t parameters) {
  return std::any_of(operands.begin(), operands.end(), [&](operand_size const& weight) {
    if (weight.rank < 2 || weight.elements == 0) return false;
    if (weight.elements == parameters) return true;
    return std::any_of(operands.begin(), operands.end(), [&](operand_size const& bias) {
      return bias.rank == 1 && weight.elements == parameters - bias.elements;
    });
  });
}

}  // namespace flopwatch::attribution_detail
