// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "metrics/reuse/key_checks.hpp"

namespace flopwatch::reuse {

/// Number of a key, from 0.
using key_number = std::size_t;

/// What the checks of a key say of it.
enum class key_class : std::uint8_t {
  learning,  ///< some group of metrics has fewer checks than are asked for
  constant,  ///< all checks were equal
  variable,  ///< they differed, or its kernel is known to depend on data
};

/// The keys of a run with their checks: which of them to measure next, and what is known of each.
/// Pure; not thread-safe.
class key_table {
 public:
  /// \param checks of each key in each group, before it is learned
  key_table(std::size_t groups, int checks) : groups_(groups), checks_(checks), learning_(groups) {}

  /// \param variable its kernel is known to do different work in equal launches
  key_number add(bool variable);
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  [[nodiscard]] std::size_t groups() const noexcept { return groups_; }

  /// Its launches are known to differ.
  void set_variable(key_number key) noexcept { keys_[key].variable = true; }
  /// None of its launches will be measured, until this is taken back: it is no key that learns.
  void set_left_out(key_number key, bool left_out) noexcept;
  /// It lacks a check in that group, and none is under way.
  [[nodiscard]] bool learns(key_number key, std::size_t group) const noexcept;
  /// Some key lacks a check in the group.
  [[nodiscard]] bool any_learns(std::size_t group) const noexcept { return learning_[group] > 0; }
  /// Keys that lack checks in the group.
  [[nodiscard]] std::size_t learners(std::size_t group) const noexcept { return learning_[group]; }

  /// A launch of the key is measured; its values are not known yet.
  void begin(key_number key, std::size_t group) noexcept;
  /// That measurement came to nothing.
  void drop(key_number key, std::size_t group) noexcept;
  /// The values of one that `begin` announced; as key_checks::add.
  /// \returns false when they differ from those of an earlier check, for the first time
  bool end(key_number key, std::size_t group, std::int64_t number, std::span<double const> values,
           double flops);

  /// Checks of the key in the group that were picked at random. The first ones were not.
  [[nodiscard]] std::int64_t random_checks(key_number key, std::size_t group) const noexcept {
    return std::max<std::int64_t>(0, checks(key, group).count() - checks_);
  }
  [[nodiscard]] key_class class_of(key_number key) const noexcept;
  [[nodiscard]] key_checks const& checks(key_number key, std::size_t group) const noexcept {
    return keys_[key].groups[group].done;
  }

  /// A learned key for a random check in the group: half of the choices go to variable keys, by the spread
  /// that their launches add to the sum, half to constant ones, by the FLOPs that few checks stand for.
  /// \param launches of each key so far \param random in [0, 1), two of them
  /// \returns nullopt when there is none
  [[nodiscard]] std::optional<key_number> pick(std::size_t group,
                                               std::function<std::int64_t(key_number)> const& launches,
                                               double random_kind, double random_key) const;

 private:
  struct key_group {
    key_checks done;
    int open = 0;  ///< announced by `begin`
  };
  struct key_state {
    std::vector<key_group> groups;
    bool variable = false;
    bool left_out = false;
  };

  [[nodiscard]] double weight(key_state const& k, std::size_t group, std::int64_t launches) const;

  std::size_t groups_;
  int checks_;
  std::deque<key_state> keys_;
  std::vector<std::size_t> learning_;
};

}  // namespace flopwatch::reuse
