// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <typeinfo>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/detail/scope_token.hpp"
#include "scope/recording.hpp"
#include "session/session_state.hpp"

/// The way from launches to the report, for the attention block of the samples: modules, operator calls with
/// real shapes, and kernels whose counts the test chooses. No framework, so that sanitizers can look on.

using namespace collect_test;
using namespace flopwatch;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

using shapes = std::vector<std::vector<std::int64_t>>;

constexpr std::int64_t qkv_macs = 640 * 768 * 2304;
constexpr std::int64_t proj_macs = 640 * 768 * 768;
constexpr std::int64_t scores_macs = 12LL * 640 * 640 * 64;
constexpr std::int64_t all_macs = qkv_macs + proj_macs + 2 * scores_macs;

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
    record->enter_operator(detail::this_thread.owner->operators().find(name, "", false), args.words());
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

  static inline int const attention = 0, qkv = 0, proj = 0;
};

std::vector<std::string> measured_verdicts(result const& r) {
  std::vector<std::string> out;
  for (auto const& v : r.analysis().differences.rows[0].verdicts) {
    if (v.between == columns::measured_operator) {
      out.push_back(std::string(to_string(v.kind)) + " " + std::to_string(v.amount));
    }
  }
  return out;
}

TEST_F(seed_model, three_columns_agree_but_for_what_the_formula_misses) {
  program gpu;
  session s{{.device = "cuda:0"}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] { forward(gpu); });
  auto const& a = r.analysis();
  EXPECT_EQ(a.tree.formula_macs, qkv_macs + proj_macs);
  EXPECT_EQ(a.tree.operator_total.macs, all_macs);
  EXPECT_EQ(a.tree.measured_total.multiply_add_flops, 2 * all_macs + 640 * 768);
  EXPECT_THAT(measured_verdicts(r), ElementsAre(HasSubstr("agrees")));
  EXPECT_THAT(a.capture.losses, IsEmpty());
  auto const text = r.report({.width = 120});
  EXPECT_THAT(text, HasSubstr("SYNTHETIC"));
  EXPECT_THAT(text, HasSubstr("functional work missed"));
  EXPECT_THAT(text, HasSubstr("2.139"));
  EXPECT_THAT(text, HasSubstr("sgemm_scores  aten::bmm    (root)         2  1,258,291,200"));
  EXPECT_THAT(text, testing::Not(HasSubstr("Kernels outside the dispatcher")));
  EXPECT_THAT(text, HasSubstr("with CUPTI 13"));
  EXPECT_EQ(a.capture.info.at(info_key::replay_mode), "iteration");
  RecordProperty("report", text);
  if (std::getenv("SHOW_REPORT") != nullptr) std::fputs(text.c_str(), stdout);
}

TEST_F(seed_model, padding_names_its_kernel) {
  program gpu;
  session s{{.device = "cuda:0"}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] { forward(gpu, "padded_scores"); });
  auto const extra = 2 * 2 * (scores_macs / 64 * 16);
  EXPECT_THAT(measured_verdicts(r), testing::Contains("padding_or_extra_work " + std::to_string(extra)));
  EXPECT_THAT(r.report({.width = 120}), HasSubstr("padded_scores"));
}

TEST_F(seed_model, a_kernel_outside_every_operator_is_listed_in_its_module) {
  program gpu;
  session s{{.device = "cuda:0"}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] {
    forward(gpu);
    module_call_of(attention, {{1}}, {{1}}, [&] { gpu.launch("my_kernel"); });
  });
  EXPECT_THAT(measured_verdicts(r), testing::Contains("kernel_outside_dispatcher 1000"));
  EXPECT_EQ(r.analysis().tree.measured_total.outside_flops, 1000);
  auto const text = r.report({.width = 120});
  EXPECT_THAT(text.substr(text.find("Kernels outside the dispatcher")),
              HasSubstr("my_kernel  (root)         1  1,000"));
}

TEST_F(seed_model, without_tensor_metrics_a_half_precision_product_shows_no_number) {
  program gpu;
  session s{{.device = "cuda:0", .metrics = "cuda-core"}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] {
    module_call_of(attention, {{1}}, {{1}}, [&] {
      module_call_of(qkv, {{1}}, {{1}}, [&] {
        operator_call_of(
            "aten::mm", {{64, 64}, {64, 64}}, [&] { gpu.launch("my_kernel"); }, scalar_type::bf16);
      });
      module_call_of(proj, {{1}}, {{1}}, [&] {
        operator_call_of("aten::mm", {{640, 768}, {768, 768}}, [&] { gpu.launch("sgemm_proj"); });
      });
    });
  });
  auto const& rows = r.analysis().differences.rows;
  EXPECT_EQ(rows[0].measured_flops, std::nullopt);
  EXPECT_EQ(rows[1].measured_flops, std::nullopt);
  EXPECT_TRUE(rows[2].measured_flops.has_value());
  EXPECT_THAT(r.report({.width = 120}), HasSubstr("tensor cores not collected"));
}

}  // namespace
