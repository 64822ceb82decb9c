// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/ranks_json.hpp"

#include <vector>

#include "flopwatch/ranks.hpp"

namespace flopwatch::report {

using ranks_document = nlohmann::ordered_json;

nlohmann::ordered_json ranks_json(analysis const& a) {
  auto const& processes = a.capture.processes;
  if (processes.empty()) return nullptr;
  auto const groups = rank_groups(a.capture);
  std::vector<std::size_t> group_of(processes.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (auto const i : groups[g].members) group_of[i] = g;
  }
  auto const known = [](std::int64_t v, std::int64_t none) {
    return v == none ? ranks_document(nullptr) : ranks_document(v);
  };
  auto const text = [](std::string const& t) {
    return t.empty() ? ranks_document(nullptr) : ranks_document(t);
  };
  ranks_document out = ranks_document::array();
  for (std::size_t i = 0; i < processes.size(); ++i) {
    auto const& p = processes[i];
    auto const& g = groups[group_of[i]];
    ranks_document losses = ranks_document::array();
    for (auto const& l : p.losses) {
      losses.push_back(
          {{"kind", l.kind}, {"severity", to_string(l.severity)}, {"count", l.count}, {"text", l.text}});
    }
    out.push_back(
        {{"process", p.who.id},
         {"rank", known(p.who.rank, -1)},
         {"local_rank", known(p.who.local_rank, -1)},
         {"world_size", known(p.who.world_size, -1)},
         {"host", text(p.who.host)},
         {"pid", known(p.who.pid, 0)},
         {"started_utc", text(p.who.started_utc)},
         {"file", p.who.file},
         {"operator_macs", p.total.macs},
         {"operator_useful_macs", p.total.useful_macs},
         {"operator_other_flops", p.total.other_flops},
         {"formula_macs", a.tree.has_formula ? ranks_document(p.formula_macs) : ranks_document(nullptr)},
         {"measured_flops", g.measured_flops ? ranks_document(*g.measured_flops) : ranks_document(nullptr)},
         {"launches", p.launches},
         {"unmeasured_launches", g.unmeasured_launches},
         {"alike", group_of[i]},
         {"differs_by", to_string(g.cause)},
         {"why", g.why},
         {"data_losses", std::move(losses)}});
  }
  return out;
}

}  // namespace flopwatch::report
