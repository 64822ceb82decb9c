// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/operator_calls.hpp"

#include <algorithm>

#include "flopwatch/checked.hpp"
#include "flopwatch/error.hpp"
#include "rules/operator/encoding.hpp"

namespace flopwatch::importing {

traced_work traced_operators::make(operator_event const& e) const {
  auto const& name = events_.names[e.name];
  traced_work out;
  out.is_operator = name.find("::") != std::string::npos && !name.starts_with("autograd::") &&
                    !name.starts_with("torch::autograd") && name.find(' ') == std::string::npos;
  if (!out.is_operator) return out;
  auto const entry = find_operator(name, {});
  out.treatment = entry.treatment;
  out.arithmetic = entry.arithmetic;
  out.note = entry.note;
  if (entry.treatment != operator_treatment::counted) return out;
  if (e.args == operator_event::no_shapes) {
    out.no_shapes = true;
    out.note = "the trace has no shapes of its inputs";
    return out;
  }
  try {
    auto const args = decode_args(events_.args[e.args]);
    auto work = entry.rule({name, {}, args});
    if (work.amount.macs < 0 || work.amount.other_flops < 0 || work.amount.useful_macs > work.amount.macs) {
      throw rule_error("its rule gave no usable number");
    }
    if (work.amount.useful_macs == 0) work.amount.useful_macs = work.amount.macs;
    out.note = work.note;
    out.counted = work;
  } catch (rule_error const& why) {
    out.note = why.what();
  }
  return out;
}

traced_work const& traced_operators::work_of(operator_event const& e) {
  auto const key = std::uint64_t{e.name} << 32U | e.args;
  auto const known = work_.find(key);
  return known != work_.end() ? known->second : work_.emplace(key, make(e)).first->second;
}

std::int64_t traced_operators::add(operator_event const& e, std::int64_t scope, phase in_phase,
                                   operator_status status) {
  auto const [known, is_new] =
      places_.try_emplace(std::tuple(scope, e.name, e.args, in_phase, status), records_.size());
  if (is_new) {
    auto const& work = work_of(e);
    operator_call_record r;
    r.id = static_cast<std::int64_t>(records_.size()) + 1;
    r.scope = scope;
    r.name = events_.names[e.name];
    if (e.args != operator_event::no_shapes) r.shapes = shapes_text(decode_args(events_.args[e.args]));
    r.phase = in_phase;
    r.status = status;
    r.arithmetic = work.arithmetic;
    r.note = work.note;
    if (status == operator_status::counted) {
      r.precision = work.counted->precision;
      r.total = work.counted->amount;
      if (r.total.macs != 0) r.arithmetic = arithmetic::multiply_add;
    }
    records_.push_back(std::move(r));
  }
  auto& record = records_[known->second];
  ++record.calls;
  return record.id;
}

void traced_operators::finish() {
  for (auto i = first_; i < records_.size(); ++i) {
    auto& r = records_[i];
    if (r.status != operator_status::counted) continue;
    try {
      r.total = {checked_mul(r.total.macs, r.calls), checked_mul(r.total.useful_macs, r.calls),
                 checked_mul(r.total.other_flops, r.calls)};
    } catch (overflow_error const& e) {
      r.total = {};
      r.status = operator_status::unsupported;
      r.note = e.what();
    }
  }
}

}  // namespace flopwatch::importing
