// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Long runs: each distinct launch is measured a few times, all others are counted.
#include "collect/reuse.hpp"

#include <map>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>

#include "flopwatch/scope.hpp"

namespace flopwatch::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

TEST_F(reuse_of_counts, sums_all_launches_and_measures_few) {
  program p;
  auto const r = run(options(), [&] {
    for (int i = 0; i < 1000; ++i) {
      p.launch("_Z4gemmv", 2, 32);
      p.launch("_Z3addv");
    }
  });
  ASSERT_EQ(r.data.reuse_keys.size(), 2U);
  for (auto const& key : r.data.reuse_keys) {
    EXPECT_EQ(key.launches, 1000);
    EXPECT_EQ(key.kind, reuse_class::constant);
    EXPECT_GE(key.checks, 3);
    EXPECT_LE(key.checks, 20);
    EXPECT_EQ(key.bound_flops, 0);
  }
  ASSERT_EQ(r.data.launch_groups.size(), 2U);
  EXPECT_EQ(r.data.launch_groups[0].sums.at(ffma_sum), 1000 * (1000 + 2 * 64));
  EXPECT_EQ(r.data.launch_groups[1].sums.at(fadd_sum), 1000 * 7);
  EXPECT_TRUE(r.data.launch_groups[0].reused);
  EXPECT_TRUE(r.launches.empty());
}

TEST_F(reuse_of_counts, takes_turns_between_groups_of_metrics) {
  standin_kernel_value("_Z4gemmv", tensor_bf16, 4096, 0);
  program p;
  auto o = options();
  o.metrics = std::string(ffma_sum) + "," + tensor_bf16;
  auto const r = run(o, [&] {
    for (int i = 0; i < 400; ++i) {
      p.launch("_Z4gemmv", 2, 32);
      cuCtxSynchronize();
      usleep(1000);
    }
  });
  ASSERT_EQ(r.data.launch_groups.size(), 1U);
  EXPECT_EQ(r.data.launch_groups[0].sums.at(ffma_sum), 400 * (1000 + 2 * 64));
  EXPECT_EQ(r.data.launch_groups[0].sums.at(tensor_bf16), 400 * 4096);
  EXPECT_THAT(r.losses(), Not(Contains("reuse_not_learned")));
}

TEST_F(reuse_of_counts, adds_up_scopes_apart) {
  program p;
  auto const r = run(options(), [&] {
    for (int i = 0; i < 50; ++i) {
      for (auto const* const name : {"first", "second"}) {
        scope const s(name);
        p.launch("_Z3addv");
      }
    }
  });
  EXPECT_EQ(r.data.reuse_keys.size(), 1U);
  ASSERT_EQ(r.data.launch_groups.size(), 2U);
  for (auto const& g : r.data.launch_groups) {
    EXPECT_EQ(g.launches, 50);
    EXPECT_EQ(g.sums.at(fadd_sum), 350);
  }
}

TEST_F(reuse_of_counts, measures_each_shape_of_a_kernel) {
  program p;
  auto const r = run(options(), [&] {
    for (unsigned i = 1; i <= 300; ++i) p.launch("_Z4gemmv", 1 + i % 5, 32);
  });
  EXPECT_EQ(r.data.reuse_keys.size(), 5U);
  std::int64_t expected = 0;
  for (unsigned i = 1; i <= 300; ++i) expected += 1000 + 2 * 32 * (1 + static_cast<int>(i) % 5);
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(ffma_sum), expected);
}

TEST_F(reuse_of_counts, of_several_threads_is_exact) {
  program p;
  auto const r = run(options(), [&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        p.use();
        for (int i = 0; i < 500; ++i) p.launch(i % 2 == 0 ? "_Z4gemmv" : "_Z3addv", 2, 32);
      });
    }
    for (auto& t : threads) t.join();
  });
  std::int64_t launches = 0;
  for (auto const& key : r.data.reuse_keys) {
    launches += key.launches;
    EXPECT_EQ(key.kind, reuse_class::constant);
  }
  EXPECT_EQ(launches, 4000);
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(ffma_sum), 2000 * (1000 + 2 * 64));
  EXPECT_EQ(r.data.launch_groups.at(1).sums.at(fadd_sum), 2000 * 7);
}

TEST_F(reuse_of_counts, lists_kernels_that_wait_and_never_measures_them) {
  program p;
  auto const r = run(options(), [&] {
    for (int i = 0; i < 20; ++i) p.launch("_Z30ncclDevKernel_AllReduce_Sum_fv");
  });
  ASSERT_EQ(r.data.reuse_keys.size(), 1U);
  EXPECT_EQ(r.data.reuse_keys[0].launches, 20);
  EXPECT_EQ(r.data.reuse_keys[0].checks, 0);
  EXPECT_THAT(r.losses(), Contains("waiting_kernels"));
}

TEST_F(reuse_of_counts, audits_whole_steps) {
  program p;
  auto o = options();
  o.reuse.budget = 1;
  o.iteration = "step";
  auto const r = run(o, [&] {
    for (int step = 0; step < 100; ++step) {
      scope const s("step");
      for (int i = 0; i < 20; ++i) {
        p.launch("_Z4gemmv", 2, 32);
        p.launch("_Z3addv");
      }
      usleep(500);
    }
  });
  ASSERT_EQ(r.data.reuse_audits.size(), 1U);
  EXPECT_GE(r.data.reuse_audits[0].audits, 2);
  EXPECT_EQ(r.data.reuse_audits[0].equal, r.data.reuse_audits[0].audits);
  EXPECT_EQ(r.data.reuse_audits[0].bound, 0);
  EXPECT_THAT(r.losses(), ElementsAre("counts_reused"));
}

TEST_F(reuse_of_counts, says_that_nothing_was_audited) {
  program p;
  auto const r = run(options(), [&] {
    for (int i = 0; i < 100; ++i) p.launch("_Z3addv");
  });
  EXPECT_THAT(r.losses(), ElementsAre("counts_reused", "reuse_not_audited"));
  ASSERT_EQ(r.data.reuse_audits.size(), 1U);
  EXPECT_EQ(r.data.reuse_audits[0].audits, 0);
  EXPECT_EQ(r.data.reuse_audits[0].bound, std::nullopt);
}

TEST_F(reuse_of_counts, says_how_many_checks_were_picked_at_random) {
  program p;
  auto o = options();
  o.reuse.budget = 0;
  auto const none = run(o, [&] {
    for (int i = 0; i < 3000; ++i) p.launch("_Z3addv");
  });
  EXPECT_EQ(none.data.info.at("reuse_random_checks"), "0");
  o.reuse.budget = 1;
  auto const some = run(o, [&] {
    for (int i = 0; i < 3000; ++i) p.launch("_Z3addv");
  });
  EXPECT_EQ(some.data.info.at("reuse_random_checks"), std::to_string(some.data.reuse_keys.at(0).checks - 3));
}

TEST_F(reuse_of_counts, of_a_gpu_that_refuses_lists_launches) {
  standin_set_permission(0);
  program p;
  auto const r = run(options(), [&] {
    for (int i = 0; i < 10; ++i) p.launch("_Z3addv");
  });
  EXPECT_EQ(r.data.reuse_keys.at(0).launches, 10);
  EXPECT_EQ(r.data.reuse_keys.at(0).plan, 0);
  EXPECT_EQ(r.data.launch_groups.at(0).launches, 10);
  EXPECT_THAT(r.losses(), ElementsAre("counters_not_permitted"));
}

TEST_F(reuse_of_counts, without_a_budget_learns_and_then_counts) {
  program p;
  auto o = options();
  o.reuse.budget = 0;
  auto const r = run(o, [&] {
    for (int i = 0; i < 3000; ++i) p.launch("_Z3addv");
  });
  EXPECT_EQ(r.data.reuse_keys.at(0).checks, 3);
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(fadd_sum), 3000 * 7);
}

TEST_F(reuse_of_counts, without_any_time_measures_nothing_and_says_so) {
  program p;
  auto o = options();
  o.reuse.budget = 0;
  o.reuse.learning_s = 0;
  auto const r = run(o, [&] {
    for (int i = 0; i < 100; ++i) p.launch("_Z3addv");
  });
  EXPECT_EQ(r.data.info.at("measured"), "not collected");
  EXPECT_EQ(r.data.launch_groups.at(0).launches, 100);
  EXPECT_EQ(r.data.launch_groups.at(0).plan, 0);
}

TEST_F(reuse_of_counts, of_too_many_keys_goes_on_by_kernel) {
  program p;
  auto o = options();
  o.reuse.most_keys = 3;
  auto const r = run(o, [&] {
    for (unsigned i = 0; i < 30; ++i) p.launch("_Z4gemmv", 1 + i % 10, 32);
  });
  std::int64_t launches = 0;
  for (auto const& key : r.data.reuse_keys) launches += key.launches;
  EXPECT_EQ(launches, 30);
  EXPECT_THAT(r.losses(), Contains("reuse_table_full"));
}

TEST_F(reuse_of_counts, finds_a_kernel_that_depends_on_its_data) {
  double const values[] = {100, 220, 90, 150, 310, 40, 120};
  standin_kernel_values("_Z6sparsev", fadd_sum, values, 7);
  program p;
  auto o = options();
  o.reuse.budget = 1;
  auto const r = run(o, [&] {
    for (int i = 0; i < 3500; ++i) p.launch("_Z6sparsev");
  });
  ASSERT_EQ(r.data.reuse_keys.size(), 1U);
  auto const& key = r.data.reuse_keys[0];
  EXPECT_EQ(key.kind, reuse_class::variable);
  ASSERT_TRUE(key.bound_flops);
  EXPECT_GT(*key.bound_flops, 0);
  double const truth = 500.0 * (100 + 220 + 90 + 150 + 310 + 40 + 120);
  EXPECT_NEAR(static_cast<double>(r.data.launch_groups[0].sums.at(fadd_sum).value()), truth,
              1.5 * *key.bound_flops);
}

TEST_F(reuse_of_counts, splits_launches_of_one_grid_by_their_parameters) {
  standin_kernel_value_by_parameter("_Z6productPvi", ffma_sum, 1, 10);
  program const p;
  CUmodule module = nullptr;
  auto const image = module_with("_Z6productPvi");
  must(cuModuleLoadData(&module, image.data()), "cuModuleLoadData");
  CUfunction product = nullptr;
  must(cuModuleGetFunction(&product, module, "_Z6productPvi"), "cuModuleGetFunction");
  auto o = options();
  o.reuse.budget = 1;
  int memory = 0;
  auto const r = run(o, [&] {
    for (int i = 0; i < 3000; ++i) launch(product, i % 2 == 0 ? &memory : nullptr, i % 2 == 0 ? 64 : 256);
  });
  // The first launch loads the module: its parameters were not known yet.
  std::map<std::int64_t, int> by_launches;
  for (auto const& key : r.data.reuse_keys) {
    EXPECT_NE(key.kind, reuse_class::variable);
    EXPECT_TRUE(key.by_parameter);
    ++by_launches[key.launches];
  }
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(ffma_sum), 1500 * (640 + 2560));
}

TEST_F(reuse_of_counts, knows_a_function_handle_that_is_used_again) {
  standin_reuse_function_handles(1);
  program const p;
  auto const r = run(options(), [&] {
    for (int round = 0; round < 10; ++round) {
      CUmodule module = nullptr;
      must(cuModuleLoadData(&module, "kernels"), "cuModuleLoadData");
      CUfunction f = nullptr;
      auto const* const name = round % 2 == 0 ? "_Z4gemmv" : "_Z3addv";
      must(cuModuleGetFunction(&f, module, name), "cuModuleGetFunction");
      for (int i = 0; i < 20; ++i) {
        must(cuLaunchKernel(f, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, nullptr), "cuLaunchKernel");
      }
      must(cuModuleUnload(module), "cuModuleUnload");
    }
  });
  ASSERT_EQ(r.data.launch_groups.size(), 2U);
  EXPECT_EQ(r.data.launch_groups[0].sums.at(ffma_sum), 100 * (1000 + 2 * 32));
  EXPECT_EQ(r.data.launch_groups[1].sums.at(fadd_sum), 100 * 7);
}

TEST_F(reuse_of_counts, keeps_other_threads_out_of_a_range) {
  standin_set_one_thread_ranges(1);  // a rule break otherwise
  standin_kernel_sleep("*", 50);
  program p;
  auto o = options();
  o.reuse.budget = 1;
  o.reuse.audits = false;
  auto const r = run(o, [&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&] {
        p.use();
        for (int i = 0; i < 200; ++i) p.launch("_Z3addv");
      });
    }
    for (auto& t : threads) t.join();
  });
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(fadd_sum), 6 * 200 * 7);
}

TEST_F(reuse_of_counts, has_known_families_as_variable) {
  program p;
  auto o = options();
  o.reuse.variable_kernels = {"_Z3add"};
  auto const r = run(o, [&] {
    for (int i = 0; i < 100; ++i) p.launch("_Z3addv");
  });
  EXPECT_EQ(r.data.reuse_keys.at(0).kind, reuse_class::variable);
}

}  // namespace
}  // namespace flopwatch::test
