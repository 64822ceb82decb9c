// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collect/program.hpp"
#include "flopwatch/detail/scope_token.hpp"
#include "recording/recording.hpp"
#include "rules/operator/encoding.hpp"
#include "session/session_state.hpp"

/// \file
/// The attention block of the samples without a framework, so that sanitizers can check it: modules, operator
/// calls with real shapes, and kernels whose counts the test chooses.

namespace flopwatch::test {

using shapes = std::vector<std::vector<std::int64_t>>;

inline constexpr std::int64_t qkv_macs = 640 * 768 * 2304;
inline constexpr std::int64_t proj_macs = 640 * 768 * 768;
inline constexpr std::int64_t scores_macs = 12LL * 640 * 640 * 64;
inline constexpr std::int64_t all_macs = qkv_macs + proj_macs + 2 * scores_macs;

/// An operator call as the dispatcher observer records it, with `inside` as its body.
template <class Inside>
void operator_call_of(char const* name, shapes const& tensors, Inside const& inside,
                      scalar_type type = scalar_type::f32) {
  auto* const record = detail::current_record();
  if (record != nullptr) {
    detail::record_access const access(*record);
    args_encoder args;
    for (auto const& t : tensors) args.tensor(t, type, tensor_layout::strided);
    if (tensors.size() == 3) {  // addmm's beta and alpha
      args.integer(1);
      args.integer(1);
    }
    record->enter_operator(detail::this_thread.owner->operators().find(name, "", {}), args.words());
  }
  inside();
  if (record != nullptr) {
    detail::record_access const access(*record);
    record->leave_operator();
  }
}

/// A call of a module, with the shapes that its rule is asked about.
template <class Forward>
void module_call_of(int const& module, shapes const& in, shapes const& out, Forward const& forward) {
  detail::scope_token token;
  token.enter_module(&module, typeid(module));
  forward();
  if (token.wants_call()) {
    std::vector<std::int64_t> words;
    for (auto const* list : {&in, &out}) {
      words.push_back(static_cast<std::int64_t>(list->size()));
      for (auto const& s : *list) {
        words.push_back(static_cast<std::int64_t>(s.size()));
        words.insert(words.end(), s.begin(), s.end());
      }
    }
    words.insert(words.end(), {-1, -1});
    token.finished_call(words);
  }
  token.leave();
}

class seed_model : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    auto const macs = [](char const* kernel, char const* metric, std::int64_t n) {
      standin_kernel_value(kernel, metric, static_cast<double>(n), 0);
    };
    macs("sgemm_qkv", ffma_sum, qkv_macs);
    macs("sgemm_proj", ffma_sum, proj_macs);
    macs("sgemm_proj", fadd_sum, 640 * 768);
    macs("sgemm_scores", ffma_sum, scores_macs);
    macs("padded_scores", ffma_sum, scores_macs / 64 * 80);
    macs("my_kernel", fadd_sum, 1000);
  }

  static detail::module_names tree() {
    detail::module_names names;
    auto const add = [&](int const& object, char const* type,
                         std::int64_t parameters) -> detail::module_info& {
      module_record r;
      r.type = type;
      r.opens_scope = true;
      r.parameters = parameters;
      return names.add(&object, r);
    };
    auto const linear = [](std::int64_t macs) { return [macs](module_call const&) { return macs; }; };
    add(attention, "Attention", 2'360'064);
    auto& q = add(qkv, "Linear", 1'769'472);
    q.rule = linear(qkv_macs);
    q.record.rule = rule_origin::thop;
    auto& p = add(proj, "Linear", 590'592);
    p.rule = linear(proj_macs);
    p.record.rule = rule_origin::thop;
    auto const root = names.add_path(0, "", &attention);
    names.add_path(root, "qkv", &qkv);
    names.add_path(root, "proj", &proj);
    return names;
  }

  void forward(program& gpu, char const* scores_kernel = "sgemm_scores") {
    module_call_of(attention, {{1, 640, 768}}, {{1, 640, 768}}, [&] {
      module_call_of(qkv, {{1, 640, 768}}, {{1, 640, 2304}}, [&] {
        operator_call_of("aten::mm", {{640, 768}, {768, 2304}}, [&] { gpu.launch("sgemm_qkv", 60, 256); });
      });
      operator_call_of("aten::bmm", {{12, 640, 64}, {12, 64, 640}}, [&] { gpu.launch(scores_kernel); });
      operator_call_of("aten::bmm", {{12, 640, 640}, {12, 640, 64}}, [&] { gpu.launch(scores_kernel); });
      module_call_of(proj, {{1, 640, 768}}, {{1, 640, 768}}, [&] {
        operator_call_of("aten::addmm", {{768}, {640, 768}, {768, 768}}, [&] { gpu.launch("sgemm_proj"); });
      });
    });
  }

  /// qkv in bf16, proj in fp32.
  void half_precision_forward(program& gpu) {
    module_call_of(attention, {{1}}, {{1}}, [&] {
      module_call_of(qkv, {{1}}, {{1}}, [&] {
        operator_call_of(
            "aten::mm", {{64, 64}, {64, 64}}, [&] { gpu.launch("my_kernel"); }, scalar_type::bf16);
      });
      module_call_of(proj, {{1}}, {{1}}, [&] {
        operator_call_of("aten::mm", {{640, 768}, {768, 768}}, [&] { gpu.launch("sgemm_proj"); });
      });
    });
  }

  static inline int const attention = 0, qkv = 0, proj = 0;
};

/// Verdicts of the whole between measured and operator: "kind amount".
inline std::vector<std::string> measured_verdicts(result const& r) {
  std::vector<std::string> out;
  for (auto const& v : r.analysis().differences.rows[0].verdicts) {
    if (v.between == columns::measured_operator) {
      out.push_back(std::string(to_string(v.kind)) + " " + std::to_string(v.amount));
    }
  }
  return out;
}

}  // namespace flopwatch::test
