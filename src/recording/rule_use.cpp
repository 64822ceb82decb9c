// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/rule_use.hpp"

#include <map>
#include <utility>

#include "recording/recording.hpp"
#include "text/nearest.hpp"

namespace flopwatch::detail {

std::vector<std::string> rules_never_asked(recording const& ended) {
  auto const& registry = ended.operators();
  auto const unasked = registry.rules_not_asked();
  if (unasked.empty()) return {};
  std::map<std::string, std::string> inside;  // operator -> the counted one that it ran inside
  for (auto const& thread : ended.threads()) {
    for (auto const& [name, around] : thread->seen_inside()) inside.try_emplace(name, around->full_name());
  }
  auto ran = registry.names();
  for (auto const& [name, around] : inside) ran.push_back(name);

  std::vector<std::string> out;
  for (auto const& name : unasked) {
    auto const why = [&](std::string const& ran_as) {
      auto const found = inside.find(ran_as);
      return found == inside.end() ? std::string()
                                   : "ran only inside " + found->second + ", which counts as a whole";
    };
    if (auto const own = why(name); !own.empty()) {
      auto text = name + " (it ";
      text.append(own).append(")");
      out.push_back(std::move(text));
    } else if (auto const near = text::nearest(name, ran)) {
      auto const where = why(*near);
      auto text = name + " (nearest that ran: ";
      text.append(*near).append(where.empty() ? "" : ", which ").append(where).append(")");
      out.push_back(std::move(text));
    } else {
      out.push_back(name);
    }
  }
  return out;
}

}  // namespace flopwatch::detail
