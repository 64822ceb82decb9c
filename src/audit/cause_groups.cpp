// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "audit/cause_groups.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "audit/wide.hpp"

namespace flopwatch::audits {
namespace {

/// The path with each part that is a number as "*".
std::string without_numbers(std::string const& path) {
  std::string out;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    auto const end = std::min(path.find('.', begin), path.size());
    auto const part = path.substr(begin, end - begin);
    bool const number =
        !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    out += (begin == 0 ? "" : ".") + (number ? "*" : part);
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::vector<cause_group> grouped_causes(audit_report const& r, audited_claim const& claim) {
  std::vector<cause_group> out;
  std::map<std::pair<std::string, audit_cause_kind>, std::size_t> place;
  for (auto const& c : claim.causes) {
    auto const& path = r.row_names[c.row];
    auto const [found, fresh] = place.emplace(std::pair{without_numbers(path), c.kind}, out.size());
    if (fresh) out.push_back({path, r.row_types[c.row], c.kind, 0, 0});
    auto& group = out[found->second];
    if (++group.modules > 1) group.name = found->first.first;
    group.flops = add(group.flops, c.flops);
  }
  auto const size = [](cause_group const& g) { return g.flops < 0 ? -g.flops : g.flops; };
  std::stable_sort(out.begin(), out.end(), [&](auto const& a, auto const& b) { return size(a) > size(b); });
  return out;
}

std::string share_of_ran(audit_report const& r, audit_flops flops) {
  if (r.ran_flops == 0) return "";
  return fmt::format("{:.1f}%", 100 * static_cast<double>(flops) / static_cast<double>(r.ran_flops));
}

std::string format_words(audit_report const& r) {
  if (r.formats.size() < 2) return r.format;
  std::vector<std::pair<audit_flops, std::string>> parts;
  for (auto const& [format, flops] : r.formats) parts.emplace_back(flops, format);
  std::sort(parts.rbegin(), parts.rend());
  std::string out;
  for (auto const& [flops, format] : parts) {
    out += (out.empty() ? "" : ", ") + format + " " + share_of_ran(r, flops);
  }
  return out;
}

std::string headline(audit_report const& r, audited_claim const& claim) {
  std::string const name = claim.name + (claim.read_as.empty() ? "" : " (" + claim.read_as + ")");
  if (claim.difference == 0)
    return name + (claim.causes.empty() ? " is exactly what ran."
                                        : " equals what ran only because causes cancel out.");
  if (r.ran_flops == 0) return name + ": nothing ran that is a product.";
  auto const share = 100 * static_cast<double>(claim.difference) / static_cast<double>(r.ran_flops);
  auto const size = std::abs(share);
  return fmt::format("{} is {} {} what ran ({} FLOPs).", name,
                     size < 0.05 ? "<0.1%" : fmt::format("{:.1f}%", size), share < 0 ? "below" : "above",
                     grouped_digits(claim.difference, true));
}

}  // namespace flopwatch::audits
