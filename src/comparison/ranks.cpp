// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/ranks.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "capture/process_list.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"

namespace flopwatch {
namespace {

using text::grouped;

constexpr std::size_t named_scopes = 3;

/// What the counters of a process read.
struct counted_work {
  std::int64_t unmeasured_launches = 0;
  std::optional<std::int64_t> flops;  ///< nullopt: nothing was measured

  template <class Group>
  void add(Group const& g) {
    if (auto const counted = group_flops(g)) {
      flops = saturating_add(flops.value_or(0), counted->flops);
    } else {
      unmeasured_launches = saturating_add(unmeasured_launches, g.launches);
    }
  }
};

counted_work counted_in(process_data const& p) {
  counted_work out;
  std::int64_t in_ranges = 0;
  std::int64_t of_ranges = 0;
  for (auto const& g : p.launch_groups) {
    if (g.in_scope_range) {
      in_ranges = saturating_add(in_ranges, g.launches);
    } else {
      out.add(g);
    }
  }
  for (auto const& g : p.scope_range_groups) {
    of_ranges = saturating_add(of_ranges, g.launches);
    out.add(g);
  }
  // Launches whose range has no row.
  if (in_ranges > of_ranges)
    out.unmeasured_launches = saturating_add(out.unmeasured_launches, in_ranges - of_ranges);
  return out;
}

std::string error_kinds(process_data const& p) {
  std::set<std::string> kinds;
  for (auto const& l : p.losses) {
    if (l.severity == severity::error) kinds.insert(l.kind);
  }
  return fmt::format("{}", fmt::join(kinds, ", "));
}

/// Names of the scopes of a capture.
class scope_names {
 public:
  explicit scope_names(capture_data const& capture) {
    for (auto const& s : capture.scopes) names_[s.id] = &s;
  }
  [[nodiscard]] std::string of(std::int64_t scope) const {
    if (scope == 0) return "(outside modules)";
    auto const it = names_.find(scope);
    if (it == names_.end()) return "?";
    return it->second->path.empty() ? "(root)" : it->second->path;
  }

 private:
  std::map<std::int64_t, scope_record const*> names_;
};

std::string list_of(process_difference const& d, scope_names const& names) {
  std::string out;
  std::size_t n = 0;
  for (auto const& s : d.largest) {
    if (n++ == named_scopes) break;
    out += out.empty() ? "" : ", ";
    if (s.here.macs != s.typical.macs) {
      out += fmt::format("{} {} MACs instead of {}", names.of(s.scope), grouped(s.here.macs),
                         grouped(s.typical.macs));
    } else if (s.entries != s.typical_entries) {
      out += fmt::format("{} entered {} times instead of {}", names.of(s.scope), grouped(s.entries),
                         grouped(s.typical_entries));
    } else {
      out += fmt::format("{} {} other FLOPs instead of {}", names.of(s.scope), grouped(s.here.other_flops),
                         grouped(s.typical.other_flops));
    }
  }
  return out;
}

struct judged {
  rank_cause cause = rank_cause::none;
  std::string why;
};

judged judge(process_data const& p, process_record const* typical, scope_names const& names) {
  if (auto const kinds = error_kinds(p); !kinds.empty()) {
    return {rank_cause::lost_data, fmt::format("It lost data ({}), so its numbers may be too low.", kinds)};
  }
  auto const& d = p.difference;
  if (d.typical == 0 || typical == nullptr) return {};
  auto const than = process_list({typical, 1});
  auto const scopes = [](std::int64_t n) { return text::counted(n, "scope"); };
  if (d.missing_scopes > 0 || d.added_scopes > 0) {
    return {rank_cause::other_part,
            fmt::format("It ran another part of the model than {}: it lacks {}, and has {} of its own.", than,
                        scopes(d.missing_scopes), grouped(d.added_scopes))};
  }
  auto const list = list_of(d, names);
  if (d.other_calls_scopes > 0) {
    return {rank_cause::other_calls, fmt::format("It made other operator calls than {} in {}: {}.", than,
                                                 scopes(d.other_calls_scopes), list)};
  }
  if (d.other_sizes_scopes > 0 && d.equal_scopes == 0) {
    return {rank_cause::uneven_batches,
            fmt::format("All its products are of other sizes than those of {}: {}.", than, list)};
  }
  if (d.other_sizes_scopes > 0) {
    return {rank_cause::imbalance,
            fmt::format("In {} its products are of other sizes than those of {}, in {} they are equal: {}.",
                        scopes(d.other_sizes_scopes), than, grouped(d.equal_scopes), list)};
  }
  return {rank_cause::other_arithmetic, fmt::format("Its products are those of {}: {}.", than, list)};
}

}  // namespace

std::string_view to_string(rank_cause c) noexcept {
  switch (c) {
    case rank_cause::none:
      return "none";
    case rank_cause::lost_data:
      return "lost_data";
    case rank_cause::other_part:
      return "other_part";
    case rank_cause::uneven_batches:
      return "uneven_batches";
    case rank_cause::imbalance:
      return "imbalance";
    case rank_cause::other_calls:
      return "other_calls";
    case rank_cause::other_arithmetic:
      return "other_arithmetic";
    case rank_cause::other_counters:
      return "other_counters";
  }
  return "none";
}

std::string_view short_text(rank_cause c) noexcept {
  switch (c) {
    case rank_cause::none:
      return "";
    case rank_cause::lost_data:
      return "lost data";
    case rank_cause::other_part:
      return "another part of the model";
    case rank_cause::uneven_batches:
      return "uneven batches";
    case rank_cause::imbalance:
      return "imbalance";
    case rank_cause::other_calls:
      return "other operator calls";
    case rank_cause::other_arithmetic:
      return "other arithmetic";
    case rank_cause::other_counters:
      return "other measured FLOPs";
  }
  return "";
}

std::vector<rank_group> rank_groups(capture_data const& capture) {
  std::map<std::int64_t, process_data const*> by_id;
  for (auto const& p : capture.processes) by_id[p.who.id] = &p;
  scope_names const names(capture);
  using figures = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                             std::int64_t, std::int64_t, std::optional<std::int64_t>, std::string>;
  std::map<figures, std::size_t> place;
  std::vector<rank_group> out;
  for (std::size_t i = 0; i < capture.processes.size(); ++i) {
    auto const& p = capture.processes[i];
    auto const counted = counted_in(p);
    auto const typical = by_id.find(p.difference.typical);
    auto [cause, why] = judge(p, typical == by_id.end() ? nullptr : &typical->second->who, names);
    auto const [it, is_new] =
        place.try_emplace({p.same_as, p.total.macs, p.total.useful_macs, p.total.other_flops, p.formula_macs,
                           p.launches, counted.unmeasured_launches, counted.flops, why},
                          out.size());
    if (is_new)
      out.push_back({{},
                     p.total,
                     p.formula_macs,
                     p.launches,
                     counted.unmeasured_launches,
                     counted.flops,
                     cause,
                     std::move(why)});
    out[it->second].members.push_back(i);
  }
  // Of those that ran alike, the counters of most are the typical ones.
  rank_group const* most = nullptr;
  for (auto const& g : out) {
    if (g.cause == rank_cause::none && (most == nullptr || g.members.size() > most->members.size()))
      most = &g;
  }
  if (most == nullptr) return out;
  auto const typical = *most;
  for (auto& g : out) {
    if (g.cause != rank_cause::none || g.measured_flops == typical.measured_flops) continue;
    g.cause = rank_cause::other_counters;
    g.why = fmt::format("Its operator calls are those of {}; its counters read {} instead of {}.",
                        names_of(capture, typical.members),
                        g.measured_flops ? grouped(*g.measured_flops) + " FLOPs" : "nothing",
                        typical.measured_flops ? grouped(*typical.measured_flops) : "nothing");
  }
  return out;
}

std::string names_of(capture_data const& capture, std::vector<std::size_t> const& members) {
  std::vector<process_record> processes;
  processes.reserve(members.size());
  for (auto const i : members) processes.push_back(capture.processes.at(i).who);
  return process_list(processes);
}

}  // namespace flopwatch
