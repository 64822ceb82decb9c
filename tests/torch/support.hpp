// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include <torch/torch.h>

#include "flopwatch/torch.hpp"

namespace flopwatch::test {

/// Counts `f` once, without a warm-up run.
inline result count_once(std::function<void()> const& f, session_options options = {}) {
  options.warmup = 0;
  session s(std::move(options));
  return s.count(f);
}

/// Counts `f` with the module tree of `root` named.
template <class Root>
result count_model(Root const& root, std::function<void()> const& f, custom_ops ops = {}) {
  session s{{.warmup = 0}};
  s.watch(root, std::move(ops));
  return s.count(f);
}

inline module_row const& row_of(result const& r, std::string const& path) {
  for (auto const& row : r.analysis().tree.rows) {
    if (row.path == path && !row.outside) return row;
  }
  throw std::runtime_error("no row " + path + " in\n" + r.report());
}

/// Calls of the operator with that full name and status.
inline std::int64_t calls_of(result const& r, std::string const& name, operator_status status) {
  std::int64_t calls = 0;
  for (auto const& c : r.analysis().capture.operator_calls) {
    if (c.name == name && c.status == status) calls += c.calls;
  }
  return calls;
}

/// The text of a data loss; "" without one of that kind.
inline std::string text_of_loss(result const& r, loss_kind const& kind) {
  for (auto const& l : r.analysis().capture.losses) {
    if (l.kind == kind.name) return l.text;
  }
  return "";
}

inline bool has_loss(result const& r, loss_kind const& kind) {
  for (auto const& l : r.analysis().capture.losses) {
    if (l.kind == kind.name) return true;
  }
  return false;
}

}  // namespace flopwatch::test
