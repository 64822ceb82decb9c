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
  [[nodiscard]] std::int64_t only_call_in(scope_record const& scope);

  /// After the last launch: joins the scopes, and writes modules and formula calls. If operators of the
  /// imported file were counted, these stay, and only the formula column is taken over.
  void finish(capture_writer& writer);

 private:
  using key = std::tuple<std::string, std::int64_t, phase>;  ///< path, call, phase
  /// How often the import ran what the capture ran once.
  struct multiple {
    std::int64_t factor = 1;
    bool known = true;
  };
  void set(std::size_t from_scope, std::int64_t imported) {
    joined_[from_scope] = imported;
    taken_.insert(imported);
  }
  /// The first imported scope that is joined by path to each scope of the capture: work of one is never
  /// given to two.
  void find_partners();
  void join_by_path();
  void join_by_type();
  void join_children(std::size_t from_scope);
  void add_scopes_not_met();
  void take_calls();
  void take_formulas(capture_writer& writer);
  void resolve_calls_without_shapes(std::size_t copied);
  void find_multiples();
  [[nodiscard]] multiple multiple_of(std::size_t from_scope) const;
  /// Of calls in a scope of the capture (by id; 0: outside all). \param has_work what is not known of it is a
  /// loss
  std::int64_t factor_of(std::int64_t scope, bool has_work);

  capture_data from_;
  capture_sink& sink_;
  std::vector<std::vector<std::size_t>> children_;  ///< in `from_`, by position
  std::map<key, std::size_t> by_path_;
  std::map<std::int64_t, std::size_t> place_of_;  ///< position in `from_.scopes` by id
  std::map<std::size_t, std::int64_t> partners_;  ///< imported scopes by position in `from_`
  std::set<std::size_t> split_;                   ///< positions in `from_` with several such scopes
  std::size_t looked_at_ = 0;                     ///< imported scopes that `partners_` knows
  std::set<std::int64_t> taken_;                  ///< imported scopes that are joined
  std::vector<multiple> multiples_;               ///< by position in `from_`
  multiple outside_;                              ///< of work outside all joined scopes
  std::set<std::string> of_unknown_;              ///< paths of work whose factor is not known
  std::vector<std::int64_t> joined_;  ///< id of the imported scope, by position in `from_`; 0: none
};

}  // namespace flopwatch::importing
