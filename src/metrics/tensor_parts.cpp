// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/tensor_parts.hpp"

#include <algorithm>
#include <utility>

#include "metrics/tensor_name.hpp"

namespace flopwatch::metrics {
namespace {

using kind = tensor_name::sparsity_kind;

struct part {
  std::string name;
  tensor_name is;
};

std::vector<part> parsed(std::span<std::string const> names) {
  std::vector<part> out;
  for (auto const& name : names) {
    if (auto const t = tensor_name::parse(name)) out.push_back({name, *t});
  }
  return out;
}

bool share_operations(tensor_name const& a, tensor_name const& b) {
  bool const one_instruction = a.operation.empty() || b.operation.empty() || a.operation == b.operation;
  bool const one_sparsity = a.sparsity == kind::any || b.sparsity == kind::any || a.sparsity == b.sparsity;
  bool const one_result =
      a.destinations == 0 || b.destinations == 0 || (a.destinations & b.destinations) != 0;
  return a.sources == b.sources && one_instruction && one_sparsity && one_result;
}

/// The less of the operations, the higher: parts by instruction are the last to be kept.
int rank_of(tensor_name const& t) {
  return (t.operation.empty() ? 0 : 4) + (t.destinations == 0 ? 0 : 2) + (t.sparsity == kind::any ? 0 : 1);
}

bool inside_any(part const& p, std::vector<part> const& all) {
  return std::any_of(all.begin(), all.end(), [&](part const& o) {
    return o.name != p.name && o.is.contains(p.is) && !p.is.contains(o.is);
  });
}

bool has_counterpart(part const& p, std::vector<part> const& all) {
  auto const matches = [&](part const& o, bool by_instruction) {
    auto other = o.is;
    if (by_instruction) {
      if (other.operation.empty() || other.operation == p.is.operation) return false;
      other.operation = p.is.operation;
    } else {
      if (other.sparsity == kind::any || other.sparsity == p.is.sparsity) return false;
      other.sparsity = p.is.sparsity;
    }
    return other.contains(p.is) && p.is.contains(other);
  };
  auto const any = [&](bool by_instruction) {
    return std::any_of(all.begin(), all.end(), [&](part const& o) { return matches(o, by_instruction); });
  };
  return (p.is.operation.empty() || any(true)) && (p.is.sparsity == kind::any || any(false));
}

}  // namespace

std::vector<std::string> overlapping_parts(std::span<std::string const> names) {
  auto all = parsed(names);
  std::stable_sort(all.begin(), all.end(),
                   [](part const& a, part const& b) { return rank_of(a.is) < rank_of(b.is); });
  std::vector<part> kept;
  std::vector<std::string> out;
  for (auto& p : all) {
    bool const twice = std::any_of(kept.begin(), kept.end(), [&](part const& o) {
      return share_operations(o.is, p.is) && !o.is.contains(p.is);
    });
    if (twice) {
      out.push_back(p.name);
    } else {
      kept.push_back(std::move(p));
    }
  }
  return out;
}

std::vector<std::string> lone_parts(std::span<std::string const> names) {
  auto const all = parsed(names);
  std::vector<std::string> out;
  for (auto const& p : all) {
    bool const is_part = !p.is.operation.empty() || p.is.sparsity != kind::any;
    if (is_part && !inside_any(p, all) && !has_counterpart(p, all)) out.push_back(p.name);
  }
  return out;
}

}  // namespace flopwatch::metrics
