// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/formula_call.hpp"

#include <algorithm>
#include <exception>

namespace flopwatch::detail {
namespace {

std::vector<shape> take_shapes(std::span<std::int64_t const>& encoded_shapes,
                               std::vector<module_call::nested_tensor>& nested) {
  auto const take = [&encoded_shapes] {
    auto const w = encoded_shapes.front();
    encoded_shapes = encoded_shapes.subspan(1);
    return w;
  };
  std::vector<shape> shapes(static_cast<std::size_t>(take()));
  for (std::size_t place = 0; place < shapes.size(); ++place) {
    auto const rank = take();
    bool const is_nested = rank < 0;
    shapes[place].resize(static_cast<std::size_t>(is_nested ? -1 - rank : rank));
    for (auto& size : shapes[place]) size = take();
    if (is_nested) nested.push_back({place, take()});
  }
  return shapes;
}

std::string where(scope_node const& node) {
  return node.path.empty() ? node.type : node.path + " (" + node.type + ")";
}

/// Sets of shapes with an entry each in one scope; calls with further shapes share one entry without shapes.
constexpr std::size_t max_shapes = 64;

formula_entry& entry_for(scope_node& node, std::span<std::int64_t const> encoded_shapes) {
  auto& all = node.formula;
  auto const same = std::find_if(all.begin(), all.end(), [&](formula_entry const& e) {
    return std::equal(e.encoded_shapes.begin(), e.encoded_shapes.end(), encoded_shapes.begin(),
                      encoded_shapes.end());
  });
  if (same != all.end()) return *same;
  if (all.size() > max_shapes) return all.back();
  auto& added = all.emplace_back();
  if (all.size() <= max_shapes) added.encoded_shapes.assign(encoded_shapes.begin(), encoded_shapes.end());
  return added;
}

/// Asks the rule, and writes its answer or its failure to `entry`.
void ask(scope_node const& node, std::span<std::int64_t const> encoded_shapes, formula_entry& entry) {
  auto const& info = *node.module;
  entry.asked = true;
  entry.failure = nullptr;
  if (info.rule_is_zero && info.rule_is_pure) return;  // the entry begins with 0
  auto const fail = [&](loss_kind const& kind, std::string const& why) {
    entry.failure = &kind;
    entry.detail = where(node) + why;
  };
  try {
    entry.amount_per_call = info.rule(decode_call(info.record.type, encoded_shapes));
    if (entry.amount_per_call < 0) fail(loss::rule_negative, "");
  } catch (overflow_error const&) {
    fail(loss::count_overflow, "");
  } catch (std::exception const& e) {
    fail(loss::rule_failed, std::string(": ") + e.what());
  } catch (...) {
    fail(loss::rule_failed, "");
  }
}

}  // namespace

module_call decode_call(std::string_view type, std::span<std::int64_t const> encoded_shapes) {
  module_call call;
  call.type = type;
  call.inputs = take_shapes(encoded_shapes, call.nested_inputs);
  call.outputs = take_shapes(encoded_shapes, call.nested_outputs);
  if (encoded_shapes[0] >= 0) call.packed = {encoded_shapes[0], encoded_shapes[1]};
  return call;
}

void record_formula_call(scope_node& node, std::span<std::int64_t const> encoded_shapes,
                         std::function<void(loss_kind const&, std::string)> const& lost) {
  auto const& info = *node.module;
  auto& entry = entry_for(node, encoded_shapes);
  if (!entry.asked || entry.encoded_shapes.empty() || !info.rule_is_pure) ask(node, encoded_shapes, entry);
  if (entry.failure != nullptr) {
    lost(*entry.failure, entry.detail);
    return;
  }
  std::int64_t sum = 0;
  if (__builtin_add_overflow(entry.amount, entry.amount_per_call, &sum)) {
    lost(loss::count_overflow, where(node));
    return;
  }
  entry.amount = sum;
  ++entry.calls;
}

}  // namespace flopwatch::detail
