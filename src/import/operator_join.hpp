// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "capture/writer.hpp"
#include "flopwatch/capture_records.hpp"
#include "import/capture_sink.hpp"

namespace flopwatch::importing {

/// Joins the operator and formula columns of a capture of the same model to an import. Scopes are joined by
/// path, call and phase; where the import has no such paths, by type: the k-th module of a type below a
/// joined scope is the k-th one of that type there. Joined scopes get the path, the type and the module that
/// the capture knows.
class operator_join {
 public:
  /// Copies the operator calls of `from` into the sink, so they have ids before the first launch.
  operator_join(capture_data from, capture_sink& sink);

  /// The operator call to which a launch in a scope belongs, if it is joined by path and made one call alone;
  /// else 0.
  [[nodiscard]] std::int64_t only_call_in(scope_record const& scope) const;

  /// After the last launch: joins the scopes, and writes modules and formula calls. If operators of the
  /// imported file were counted, these stay, and only the formula column is taken over.
  void finish(capture_writer& writer);

 private:
  using key = std::tuple<std::string, std::int64_t, phase>;  ///< path, call, phase
  void set(std::size_t from_scope, std::int64_t imported) {
    joined_[from_scope] = imported;
    taken_.insert(imported);
  }
  void join_by_path();
  void join_by_type();
  void join_children(std::size_t from_scope);
  void add_scopes_not_met();
  void take_calls();
  void take_formulas(capture_writer& writer);
  void resolve_calls_without_shapes(std::size_t copied);
  [[nodiscard]] std::int64_t factor_of(std::size_t from_scope);

  capture_data from_;
  capture_sink& sink_;
  std::vector<std::vector<std::size_t>> children_;  ///< in `from_`, by position
  std::map<key, std::size_t> by_path_;
  std::map<std::int64_t, std::size_t> place_of_;  ///< position in `from_.scopes` by id
  std::set<std::int64_t> taken_;                  ///< imported scopes that are joined
  std::vector<std::int64_t> joined_;  ///< id of the imported scope, by position in `from_`; 0: none
};

}  // namespace flopwatch::importing
