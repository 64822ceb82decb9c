// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace flopwatch::collect {

/// Of the bytes of a module: equal for equal ones. Never 0.
[[nodiscard]] std::uint64_t hash_of_image(std::span<std::byte const> image) noexcept;

/// Tells functions of one name apart: two modules can each have a kernel of that name that do different work
/// in launches that look the same. Functions of the same code, in several contexts or in a module that is
/// loaded again, have one number.
///
/// A module says which names it has and not the handles of its functions, and one that was loaded before
/// anybody listened says nothing. So functions share a number only while the modules of their name that are
/// loaded all had equal images and are enough for all of them. Every other handle has a number of its own.
/// Then a module that is loaded again and again gets new numbers: never a wrong one. Thread-safe.
class function_numbers {
 public:
  /// Of a function that is about to be launched, from 1. \param kernel its name
  /// \throws std::bad_alloc
  [[nodiscard]] std::int64_t number_of(void const* function, void const* context, char const* kernel);
  /// Of an executable graph, until `forget`. \throws std::bad_alloc
  [[nodiscard]] std::int64_t number_of_graph(void const* graph, void const* context);

  /// Whether the names in that image are known.
  [[nodiscard]] bool knows(std::uint64_t image) const;
  /// \param image its hash \throws std::bad_alloc
  void add_names(std::uint64_t image, std::vector<std::string> const& names);
  /// A module of an image that is known was loaded. \param launching a function whose launch this thread is
  /// in, which the driver can have loaded the module for; null for none
  /// \returns false when that function was taken for another one: it has another number now
  [[nodiscard]] bool loaded(std::uint64_t image, void const* launching);
  /// Handles of its functions can be those of others from now on.
  void unloads(std::uint64_t image);
  void forget(void const* graph);
  void context_ends(void const* context);

 private:
  struct name_state {
    std::uint64_t image = 0;   ///< of the modules that have it; 0: none was seen
    bool mixed = false;        ///< not all the same: handles share no number
    std::int64_t number = 0;   ///< of the functions of that image; 0: none so far
    std::int64_t loaded = 0;   ///< modules
    std::int64_t matched = 0;  ///< handles that are taken for functions of these modules
  };
  struct handle {
    name_state* name = nullptr;  ///< null: a graph
    void const* context = nullptr;
    std::int64_t number = 0;
    bool matched = false;
  };
  void let_go(handle const& one) noexcept {
    if (one.matched) --one.name->matched;
  }

  mutable std::mutex mutex_;
  std::int64_t last_ = 0;
  std::map<std::string, name_state, std::less<>> names_;
  std::map<std::uint64_t, std::vector<name_state*>> images_;
  std::unordered_map<void const*, handle> handles_;
};

}  // namespace flopwatch::collect
