// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/held_records.hpp"

#include <cstddef>
#include <vector>

#include "capture/enum_text.hpp"

namespace flopwatch::capture_detail {
namespace {

template <class E>
bool is_one(E value) {
  return static_cast<std::size_t>(value) < enum_texts<E>.size();
}

bool is_one(precision value) { return static_cast<int>(value) < precision_count; }

template <class R>
bool is_next(std::vector<R> const& held, R const& r) {
  return r.id == static_cast<std::int64_t>(held.size()) + 1;
}

template <class R>
bool put(std::vector<R>& held, R const& r, bool certain) {
  if (certain) held.push_back(r);
  return certain;
}

}  // namespace

void held_records::set_info(std::string_view key, std::string_view value) {
  data_.info.insert_or_assign(std::string(key), std::string(value));
}

bool held_records::take(module_record const& r) {
  return put(data_.modules, r, is_next(data_.modules, r) && is_one(r.rule));
}

bool held_records::take(module_path_record const& r) {
  return put(data_.module_paths, r, is_next(data_.module_paths, r));
}

bool held_records::take(scope_record const& r) {
  return put(data_.scopes, r, is_next(data_.scopes, r) && is_one(r.phase) && r.entries >= 0);
}

bool held_records::take(operator_call_record const& r) {
  bool const words_known = is_one(r.phase) && is_one(r.status) && is_one(r.arithmetic) && is_one(r.precision);
  return put(data_.operator_calls, r, is_next(data_.operator_calls, r) && words_known && r.calls >= 0);
}

bool held_records::take(formula_call_record const& r) {
  return put(data_.formula_calls, r, is_one(r.unit) && r.calls >= 0);
}

bool held_records::take(data_loss_record const& r) { return put(data_.losses, r, is_one(r.severity)); }

}  // namespace flopwatch::capture_detail
