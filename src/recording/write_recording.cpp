// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/write_recording.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "flopwatch/checked.hpp"
#include "recording/lone_root.hpp"
#include "recording/loss_sums.hpp"
#include "recording/row_record.hpp"
#include "recording/rule_use.hpp"

namespace flopwatch::detail {
namespace {

class merged_recording {
 public:
  /// \param all_apart no two call paths and no two calls are equal
  merged_recording(capture_writer& writer, module_names const& names, bool all_apart)
      : writer_(writer), root_(names), all_apart_(all_apart) {}

  /// Reserves room for what these threads usually have.
  void expect(std::vector<std::shared_ptr<thread_record>> const& threads) {
    std::size_t scopes = 0;
    std::size_t rows = 0;
    for (auto const& t : threads) {
      scopes += t->scopes().nodes().size();
      rows += t->rows().all().size();
    }
    ids_.reserve(scopes);
    scopes_.reserve(scopes);
    call_ids_.reserve(rows);
    operators_.reserve(rows);
  }

  /// After `add_scopes`: a module that was seen opens a scope, perhaps by a guard in its own forward.
  void add_modules(module_names const& names) {
    std::vector<bool> seen(names.modules().size() + 1, false);
    for (auto const& s : scopes_) seen[static_cast<std::size_t>(s.module)] = true;
    for (auto const& m : names.modules()) {
      if (m.record.id <= root_.dropped()) continue;
      auto record = m.record;
      record.id -= root_.dropped();
      record.opens_scope = record.opens_scope || seen[static_cast<std::size_t>(record.id)];
      writer_.add(record);
      if (m.rule && !m.rule_is_zero && !m.never_called && !record.opens_scope) {
        losses_.add(loss::module_without_scope, 1,
                    root_.detail(m.paths.front() + " (" + m.record.type + ")"));
      }
    }
    for (auto const& p : names.paths()) add_path(p);
  }

  /// All threads' scopes come first: backward calls belong to scopes of the thread that ran forward.
  void add_scopes(thread_record const& thread) {
    for (auto const& node : thread.scopes().nodes()) {
      if (node.parent == nullptr) {
        ids_[&node] = 0;
      } else {
        add_scope(node);
      }
    }
  }

  void add_calls_of(thread_record const& thread) {
    for (auto const& row : thread.rows().all()) add_row(row);
    for (auto const& l : thread.losses()) losses_.add(*l.kind, l.count, root_.detail(l.detail));
    if (!thread.scopes().at_base()) losses_.add(loss::scope_left_open, 1, open_scopes(thread));
    if (thread.operator_open()) losses_.add(loss::operator_left_open, 1, {});
  }

  void add_rules_never_asked(recording const& ended) {
    lost_all(loss::operator_rule_never_asked, rules_never_asked(ended));
    lost_all(loss::module_rule_never_asked, ended.names().types_never_met);
  }

  void write() {
    for (auto const& s : scopes_) writer_.add(s);
    for (auto& r : operators_) writer_.add(r);
    for (auto const& f : formulas_) writer_.add(f);
    for (auto const& l : losses_.records()) writer_.add(l);
  }

  written_ids ids() && { return {std::move(ids_), std::move(call_ids_)}; }

 private:
  void add_path(module_path_record path) {
    if (path.id <= root_.dropped()) return;
    path.id -= root_.dropped();
    path.parent -= root_.dropped();
    path.module -= root_.dropped();
    path.path = root_.path(path.path);
    if (path.path.empty()) path.name.clear();
    writer_.add(path);
  }

  /// As the capture has it.
  std::string path_of(scope_node const& node) {
    if (root_.dropped() == 0) return node.path;
    if (node.module == nullptr && !inside_.contains(node.parent)) return node.path;
    inside_.insert(&node);
    return root_.path(node.path);
  }

  void add_scope(scope_node const& node) {
    auto const parent = ids_.at(node.parent);
    auto const module = node.module == nullptr ? 0 : node.module->record.id - root_.dropped();
    auto const path = path_of(node);
    auto id = static_cast<std::int64_t>(scopes_.size()) + 1;
    bool is_new = true;
    if (!all_apart_) {
      auto const [it, added] =
          scope_ids_.try_emplace(std::tuple(parent, module, path, node.type, node.call, node.in_phase), id);
      id = it->second;
      is_new = added;
    }
    if (is_new) scopes_.push_back({id, parent, path, node.type, module, node.call, node.in_phase, 0});
    ids_[&node] = id;
    scopes_[static_cast<std::size_t>(id - 1)].entries += node.entries;
    add_formula(node, id);
  }

  void add_formula(scope_node const& node, std::int64_t scope) {
    try {
      auto sum = formula_record(node);
      if (!sum) return;
      sum->scope = scope;
      sum->module -= root_.dropped();
      auto const [it, is_new] = formula_at_.try_emplace(scope, formulas_.size());
      if (is_new) {
        formulas_.push_back(std::move(*sum));
        return;
      }
      auto& old = formulas_[it->second];
      old.calls += sum->calls;
      old.amount = checked_add(old.amount, sum->amount);
    } catch (overflow_error const&) {
      losses_.add(loss::count_overflow, 1, root_.detail(node.path));
    }
  }

  /// "Net, fc (Linear)", the outermost first, as verdicts name the rows.
  std::string open_scopes(thread_record const& thread) const {
    std::string all;
    for (auto const* node = thread.scopes().current(); node->parent != nullptr; node = node->parent) {
      auto name = node->type;
      if (!node->path.empty())
        name = root_.detail(std::string(node->path).append(" (").append(name).append(")"));
      all.insert(0, name.append(all.empty() ? "" : ", "));
    }
    return all;
  }

  void add_row(operator_row const& row) {
    // Without calls: all of them raised an exception before their kernels ran.
    if (row.counted && row.calls > 0) add_calls(row, operator_status::counted, row.calls);
    if (row.no_arithmetic) add_calls(row, operator_status::no_arithmetic, row.calls);
    if (row.unsupported > 0) add_calls(row, operator_status::unsupported, row.unsupported);
    if (row.partly > 0) add_calls(row, operator_status::partly_counted, row.partly);
  }

  void add_calls(operator_row const& row, operator_status status, std::int64_t calls) {
    auto const scope = ids_.at(row.scope);
    auto at = operators_.size();
    bool is_new = true;
    if (!all_apart_) {
      auto const [it, added] =
          row_at_.try_emplace(std::tuple(scope, row.info, row.in_phase, status,
                                         std::vector<std::int64_t>(row.args().begin(), row.args().end())),
                              at);
      at = it->second;
      is_new = added;
    }
    if (is_new) {
      auto r = call_record(row, status);
      r.id = static_cast<std::int64_t>(operators_.size()) + 1;
      r.scope = scope;
      operators_.push_back(std::move(r));
    }
    auto& r = operators_[at];
    call_ids_.try_emplace(&row, r.id);
    if (!set_calls(r, row, r.calls + calls)) losses_.add(loss::count_overflow, 1, r.name);
  }

  /// One record that names each.
  void lost_all(loss_kind const& kind, std::vector<std::string> const& details) {
    constexpr std::size_t most = 20;
    if (details.empty()) return;
    std::string all;
    for (std::size_t i = 0; i < std::min(most, details.size()); ++i) all += (i == 0 ? "" : ", ") + details[i];
    if (details.size() > most) all += ", ...";
    losses_.add(kind, static_cast<std::int64_t>(details.size()), all + '.');
  }

  capture_writer& writer_;
  lone_root root_;
  bool all_apart_;
  std::unordered_set<scope_node const*>
      inside_;  ///< scopes of modules, and inside such, where a name is dropped
  std::unordered_map<scope_node const*, std::int64_t> ids_;
  std::unordered_map<operator_row const*, std::int64_t> call_ids_;
  std::map<std::tuple<std::int64_t, std::int64_t, std::string, std::string, std::int64_t, phase>,
           std::int64_t>
      scope_ids_;
  std::vector<scope_record> scopes_;
  std::map<std::tuple<std::int64_t, operator_info const*, phase, operator_status, std::vector<std::int64_t>>,
           std::size_t>
      row_at_;
  std::vector<operator_call_record> operators_;
  std::map<std::int64_t, std::size_t> formula_at_;
  std::vector<formula_call_record> formulas_;
  loss_sums losses_;
};

/// One thread has merged its equal calls itself, except that two objects which are not watched can have one
/// name.
bool all_apart(recording const& ended) {
  if (ended.threads().size() != 1) return false;
  auto const& nodes = ended.threads().front()->scopes().nodes();
  return std::none_of(nodes.begin(), nodes.end(),
                      [](scope_node const& n) { return n.key != nullptr && n.module == nullptr; });
}

}  // namespace

written_ids write_recording(recording const& ended, capture_writer& writer) {
  merged_recording merged(writer, ended.names(), all_apart(ended));
  writer.begin_whole();
  merged.expect(ended.threads());
  for (auto const& thread : ended.threads()) merged.add_scopes(*thread);
  merged.add_modules(ended.names());
  for (auto const& thread : ended.threads()) merged.add_calls_of(*thread);
  merged.add_rules_never_asked(ended);
  merged.write();
  writer.end_whole();
  return std::move(merged).ids();
}

}  // namespace flopwatch::detail
