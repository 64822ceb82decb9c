// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/folded_rows.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace flopwatch::report {
namespace {

constexpr std::size_t listed_ranges = 3;

/// "layer12" -> "layer", "12"; no number where it does not fit 64 bits.
std::pair<std::string_view, std::string_view> split_number(std::string_view label) {
  auto const digits = label.find_last_not_of("0123456789");
  auto const at = digits == std::string_view::npos ? 0 : digits + 1;
  if (label.size() - at > 18) return {label, {}};
  return {label.substr(0, at), label.substr(at)};
}

/// Two rows with equal text show equal cells.
class signature {
 public:
  signature& add(std::int64_t v) { return text(std::to_string(v)); }
  signature& add(std::optional<std::int64_t> v) { return v ? add(*v) : text("-"); }
  signature& add(work const& w) { return add(w.macs).add(w.other_flops); }
  signature& text(std::string_view t) {
    all_.append(std::to_string(t.size())).append(":").append(t);
    return *this;
  }
  [[nodiscard]] std::string take() && { return std::move(all_); }

 private:
  std::string all_;
};

std::string signature_of(analysis const& a, std::size_t r, silence silent) {
  auto const& row = a.tree.rows[r];
  auto const& compared = a.differences.rows[r];
  auto const& m = row.shown_measured();
  signature s;
  s.text(row.type).add(row.calls).add(row.parameters).add(row.shown_total()).add(static_cast<int>(silent));
  for (auto const p : all_phases) s.add(row.shown_by_phase()[p]);
  s.add(m.launches).add(m.unmeasured_launches).add(read_flops(m));
  s.add(compared.formula_macs).add(compared.formula_hidden ? 1 : 0);
  s.add(compared.measured_flops).add(compared.measured_total_flops);
  s.add(row.has_unsupported ? 1 : 0).add(row.has_partly_counted ? 1 : 0);
  for (auto const& v : compared.verdicts) {
    s.add(static_cast<int>(v.kind)).add(static_cast<int>(v.between)).add(v.amount).add(v.row == r ? 1 : 0);
  }
  return std::move(s).take();
}

bool did_nothing(analysis const& a, std::size_t r, silence silent) {
  auto const& row = a.tree.rows[r];
  auto const& compared = a.differences.rows[r];
  auto const is_said = [](verdict const& v) { return v.kind != verdict_kind::agrees; };
  // A scope of the user's is no module: what ran in it can be outside the dispatcher, and not measured.
  return r != 0 && row.module != 0 && !row.outside && !row.inside && row.parameters.value_or(0) == 0 &&
         row.shown_total() == work{} && row.shown_measured().launches == 0 &&
         read_flops(row.shown_measured()).value_or(0) == 0 && compared.formula_macs.value_or(0) == 0 &&
         !row.has_unsupported && !row.has_partly_counted && silent != silence::not_seen &&
         std::none_of(compared.verdicts.begin(), compared.verdicts.end(), is_said);
}

class folding {
 public:
  folding(analysis const& a, std::vector<silence> const& silent) : a_(a), silent_(silent) {
    auto const n = a.tree.rows.size();
    children_.resize(n);
    kind_.resize(n);
    out_.times.resize(n);
    out_.here.resize(n, 1);
    out_.label.resize(n);
  }

  folded_rows take(std::vector<std::size_t> const& order) && {
    auto const parent_of = [&](std::size_t r) {
      auto const parent = a_.tree.rows[r].parent;
      return parent < r ? parent : 0;
    };
    for (auto const r : order) {
      if (r != 0) children_[parent_of(r)].push_back(r);
    }
    // Below before above.
    for (auto r = order.rbegin(); r != order.rend(); ++r) close(*r);
    if (order.empty()) return std::move(out_);
    std::vector<std::size_t> open{order.front()};
    out_.times[order.front()] = 1;
    while (!open.empty()) {
      auto const r = open.back();
      open.pop_back();
      out_.order.push_back(r);
      for (auto c = children_[r].rbegin(); c != children_[r].rend(); ++c) {
        out_.times[*c] = out_.times[r] * out_.here[*c];
        open.push_back(*c);
      }
    }
    return std::move(out_);
  }

 private:
  /// Drops and folds the children of a row, then says which kind of row it is with them.
  void close(std::size_t r) {
    auto& children = children_[r];
    std::erase_if(children, [&](std::size_t c) {
      bool const drops = children_[c].empty() && did_nothing(a_, c, silent_[c]);
      if (drops) ++out_.without_work;
      return drops;
    });
    std::map<std::pair<std::string_view, std::size_t>, std::vector<std::size_t>> alike;
    for (auto const c : children) {
      auto const& row = a_.tree.rows[c];
      auto const [prefix, number] = split_number(row.label);
      if (!number.empty() && !row.outside && !row.inside) alike[{prefix, kind_[c]}].push_back(c);
    }
    for (auto const& [what, members] : alike) {
      if (members.size() < 2) continue;
      auto const first = members.front();
      std::vector<std::string> numbers;
      for (auto const c : members) {
        numbers.emplace_back(split_number(a_.tree.rows[c].label).second);
        if (c != first) out_.here[c] = 0;
      }
      out_.here[first] = static_cast<std::int64_t>(members.size());
      out_.label[first] = std::string(what.first) + number_ranges(numbers);
    }
    std::erase_if(children, [&](std::size_t c) { return out_.here[c] == 0; });
    signature s;
    s.text(signature_of(a_, r, silent_[r]));
    for (auto const c : children) {
      auto const& label = out_.label[c].empty() ? a_.tree.rows[c].label : out_.label[c];
      s.text(label).add(static_cast<std::int64_t>(kind_[c])).add(out_.here[c]);
    }
    kind_[r] = kinds_.try_emplace(std::move(s).take(), kinds_.size()).first->second;
  }

  analysis const& a_;
  std::vector<silence> const& silent_;
  std::vector<std::vector<std::size_t>> children_;
  std::vector<std::size_t> kind_;  ///< of equal rows with equal rows below: the same
  std::map<std::string, std::size_t> kinds_;
  folded_rows out_;
};

}  // namespace

std::string number_ranges(std::vector<std::string> const& numbers) {
  std::vector<std::pair<unsigned long long, std::string>> all;
  all.reserve(numbers.size());
  for (auto const& n : numbers) all.emplace_back(std::stoull(n), n);
  std::sort(all.begin(), all.end());
  std::vector<std::string> ranges;
  for (std::size_t i = 0; i < all.size();) {
    auto j = i;
    while (j + 1 < all.size() && all[j + 1].first == all[j].first + 1) ++j;
    ranges.push_back(j == i ? all[i].second : fmt::format("{}-{}", all[i].second, all[j].second));
    i = j + 1;
  }
  if (ranges.size() <= listed_ranges + 1) return fmt::format("{}", fmt::join(ranges, ", "));
  auto const last = ranges.back();
  ranges.resize(listed_ranges);
  return fmt::format("{} … {}", fmt::join(ranges, ", "), last);
}

folded_rows fold_rows(analysis const& a, std::vector<std::size_t> const& order,
                      std::vector<silence> const& silent) {
  return folding(a, silent).take(order);
}

folded_rows unfolded_rows(analysis const& a, std::vector<std::size_t> order) {
  auto const n = a.tree.rows.size();
  folded_rows out{{}, std::vector<std::int64_t>(n), std::vector<std::int64_t>(n, 1), {}, 0};
  for (auto const r : order) out.times[r] = 1;
  out.label.resize(n);
  out.order = std::move(order);
  return out;
}

}  // namespace flopwatch::report
