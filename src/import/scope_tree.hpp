// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "flopwatch/capture_records.hpp"

namespace flopwatch::importing {

/// The scopes of an import. Equal ranges in one scope (same name, type and phase) are one scope with several
/// entries. So are the calls of a module at the top, whose ranges are numbered on from iteration to
/// iteration.
class import_scopes {
 public:
  /// The scope of that name inside `parent` (0: none), made if it is not there. Its path is the parent's with
  /// the name appended after a dot. Counts no entry.
  std::int64_t inside(std::int64_t parent, std::string_view name, std::string_view type,
                      phase in_phase = phase::forward);
  /// The scope in which a module runs its forward again (phase recompute): with the parent and the path of
  /// the first forward scope of that name and type, and below `parent` where there is none.
  std::int64_t again(std::int64_t parent, std::string_view name, std::string_view type);
  /// The scope that an NVTX range names: one of flopwatch's own domain says path, type, call and phase, any
  /// other is a plain scope. Counts no entry.
  std::int64_t of_range(std::int64_t parent, std::string_view domain, std::string_view text);
  void enter(std::int64_t scope) { ++all_[static_cast<std::size_t>(scope - 1)].entries; }
  /// Two launches were made in that range, and the file does not say whether it was left and entered between.
  void stayed(std::int64_t scope) { stayed_.insert(scope); }
  /// Whether its entries are all that it had while something was launched in it.
  [[nodiscard]] bool entries_known(std::int64_t scope) const;

  [[nodiscard]] std::vector<scope_record>& all() noexcept { return all_; }
  [[nodiscard]] std::vector<scope_record> const& all() const noexcept { return all_; }

 private:
  std::int64_t find_or_add(std::int64_t parent, std::string path, std::string_view type, std::int64_t call,
                           phase p);

  /// The outermost of flopwatch's own ranges around a scope, itself included; 0: none.
  [[nodiscard]] std::int64_t own_root(std::int64_t scope) const;

  std::vector<scope_record> all_;
  std::map<std::pair<std::string, std::string>, std::int64_t> first_forward_;  ///< by name and type
  std::map<std::int64_t, std::int64_t> own_roots_;  ///< of flopwatch's own ranges, by scope
  std::set<std::int64_t> numbered_;                 ///< own roots with a call number above 1
  std::set<std::int64_t> stayed_;
  std::map<std::tuple<std::int64_t, std::string, std::string, std::int64_t, phase>, std::int64_t> ids_;
};

}  // namespace flopwatch::importing
