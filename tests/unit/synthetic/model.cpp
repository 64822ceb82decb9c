// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/synthetic/model.hpp"

#include <map>
#include <set>
#include <tuple>

#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

std::int64_t all_parameters(synthetic_module const& m, std::set<synthetic_module const*>& seen) {
  if (!seen.insert(&m).second) return 0;
  auto sum = m.parameters;
  for (auto const& child : m.children) sum += all_parameters(*child.second, seen);
  return sum;
}

std::int64_t all_parameters(synthetic_module const& m) {
  std::set<synthetic_module const*> seen;
  return all_parameters(m, seen);
}

class recorder {
 public:
  capture_data record(synthetic_module& root) {
    add_path(root, 0, "");
    call(root, 0, "", 1);
    return std::move(capture_.data);
  }

 private:
  void add_path(synthetic_module& m, std::int64_t parent, std::string const& name) {
    auto [known, is_new] = ids_.try_emplace(&m, 0);
    if (is_new) {
      known->second = capture_.module(m.type, m.rule);
      auto& r = capture_.module_at(known->second);
      r.transparent = m.transparent;
      r.library_type = m.library;
      r.parameters = all_parameters(m);
    }
    auto const path = capture_.path(parent, name, known->second);
    paths_[&m].push_back(capture_.data.module_paths.back().path);
    for (auto const& [child_name, child] : distinct_children(m)) add_path(*child, path, child_name);
  }

  /// The way that leads through the caller, else the first one.
  std::string path_below(synthetic_module const& m, std::string const& around) {
    auto const found = paths_.find(&m);
    if (found == paths_.end()) return around.empty() ? m.type : around + "." + m.type;
    for (auto const& p : found->second) {
      if (around.empty() || p.starts_with(around + ".")) return p;
    }
    return found->second.front();
  }

  std::int64_t call(synthetic_module& m, std::int64_t parent, std::string const& path, std::int64_t number) {
    auto const module = ids_.contains(&m) ? ids_[&m] : 0;
    auto [known, is_new] = scopes_.try_emplace({parent, path, &m, number}, 0);
    if (is_new) {
      known->second = capture_.scope(parent, path, module, 0);
      capture_.data.scopes.back().call = number;
      capture_.data.scopes.back().type = m.type;
    }
    auto const scope = known->second;
    ++capture_.data.scopes[static_cast<std::size_t>(scope - 1)].entries;
    std::map<synthetic_module*, std::int64_t> calls;
    std::int64_t macs = 0;
    for (auto const& step : m.forward) {
      if (step.call != nullptr) {
        macs += call(*step.call, scope, path_below(*step.call, path), ++calls[step.call]);
      } else {
        capture_.product(scope, step.operator_name, step.macs);
        macs += step.macs;
      }
    }
    if (module != 0 && m.rule != rule_origin::none)
      capture_.formula(scope, module, m.formula(macs), 1, m.unit);
    return macs;
  }

  capture_builder capture_;
  std::map<synthetic_module*, std::int64_t> ids_;
  std::map<synthetic_module const*, std::vector<std::string>> paths_;
  std::map<std::tuple<std::int64_t, std::string, synthetic_module*, std::int64_t>, std::int64_t> scopes_;
};

class hooks {
 public:
  hook_totals count(synthetic_module& root) {
    visit(root);
    run(root);
    return walk(root);
  }

 private:
  struct buffers {
    std::int64_t rule_hooks = 0;
    std::int64_t operations = 0;
    std::int64_t parameters = 0;
  };

  void visit(synthetic_module& m) {
    for (auto const& child : distinct_children(m)) visit(*child.second);
    auto& b = buffers_[&m];
    b.operations = 0;
    b.parameters = 0;
    if (m.rule != rule_origin::none) ++b.rule_hooks;
  }

  std::int64_t run(synthetic_module& m) {
    std::int64_t macs = 0;
    for (auto const& step : m.forward) macs += step.call == nullptr ? step.macs : run(*step.call);
    auto& b = buffers_[&m];
    for (std::int64_t i = 0; i < b.rule_hooks; ++i) {
      b.operations += m.formula(macs);
      b.parameters = all_parameters(m);
    }
    return macs;
  }

  hook_totals walk(synthetic_module& m) {
    hook_totals sum{buffers_[&m].operations, 0};
    for (auto const& child : distinct_children(m)) {
      auto& c = *child.second;
      auto const part = c.rule != rule_origin::none && !c.transparent
                            ? hook_totals{buffers_[&c].operations, buffers_[&c].parameters}
                            : walk(c);
      sum.total += part.total;
      sum.parameters += part.parameters;
    }
    return sum;
  }

  std::map<synthetic_module*, buffers> buffers_;
};

}  // namespace

std::vector<std::pair<std::string, synthetic_module*>> distinct_children(synthetic_module const& m) {
  std::vector<std::pair<std::string, synthetic_module*>> out;
  std::set<synthetic_module*> seen;
  for (auto const& child : m.children) {
    if (seen.insert(child.second).second) out.push_back(child);
  }
  return out;
}

capture_data recorded(synthetic_module& root) { return recorder().record(root); }

hook_totals simulate_hooks(synthetic_module& root) { return hooks().count(root); }

}  // namespace flopwatch::test
