// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Files that others recorded on real GPUs: what can be worked out from each by hand must come out of its
// import. They are in the folder that FLOPWATCH_RECORDINGS_DIR names, and no part of the project.
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "import/byte_source.hpp"
#include "import/launch_checks.hpp"
#include "import/unpack.hpp"
#include "unit/import/importing.hpp"

namespace flopwatch::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::Pair;
using testing::UnorderedElementsAre;

class import_recording : public testing::Test {
 protected:
  void SetUp() override {
    if (recordings().empty()) GTEST_SKIP() << "FLOPWATCH_RECORDINGS_DIR is not set";
  }
  static imported of(std::string const& file, import_options const& options = {}) {
    return import_files({recordings() / file}, options);
  }
  static std::string unpacked_text(std::string const& file) {
    auto const from = importing::unpacked(importing::open_file(recordings() / file, file), file);
    std::string out(1U << 24U, '\0');
    std::size_t size = 0;
    while (auto const n = from->read(std::span(out).subspan(size))) size += n;
    out.resize(size);
    return out;
  }
};

template <class F>
std::int64_t sum(imported const& got, F const& f) {
  return std::accumulate(got.launches.begin(), got.launches.end(), std::int64_t{0},
                         [&](std::int64_t s, read_launch const& l) { return s + f(l); });
}

std::map<std::int64_t, int> launches_by_scope(imported const& got) {
  std::map<std::int64_t, int> out;
  for (auto const& l : got.launches) ++out[l.record.scope];
  return out;
}

/// What the operators counted, as FLOPs of multiply-adds, by the path of their scopes.
std::map<std::string, std::int64_t> operator_flops(imported const& got) {
  std::map<std::string, std::int64_t> out;
  for (auto const& c : got.data.operator_calls) {
    auto const path =
        c.scope == 0 ? std::string() : got.data.scopes[static_cast<std::size_t>(c.scope - 1)].path;
    if (c.total.macs != 0) out[path] += 2 * c.total.macs;
  }
  return out;
}

TEST_F(import_recording, alexnet_counter_ranges) {
  auto const got = of("hta/benchmark_result_924719_1679055439_trace.json.gz");
  ASSERT_EQ(got.launches.size(), 77U);
  EXPECT_EQ(got.summary.measured_launches, 77);
  EXPECT_EQ(got.data.info.at(info_key::gpu), "NVIDIA A100-PG509-200");
  for (auto const& l : got.launches) EXPECT_EQ(l.counters.size(), 9U);
  auto const& l = got.launches;
  for (std::size_t i = 0; i < 38; ++i) {
    for (auto const* op : {"fadd", "fmul", "ffma", "hadd", "hmul", "hfma", "dadd", "dmul", "dfma"}) {
      EXPECT_EQ(l[1 + i].op(op), l[39 + i].op(op)) << i << op;
    }
  }
  EXPECT_EQ(l[1].kernel, "(kernel without a name)");
  EXPECT_THAT(l[39].kernel, testing::StartsWith("void implicit_convolve_sgemm"));
  auto const of_op = [&](char const* op) { return sum(got, [&](read_launch const& k) { return k.op(op); }); };
  EXPECT_EQ(of_op("fadd"), 964651656);
  EXPECT_EQ(of_op("fmul"), 430063616);
  EXPECT_EQ(of_op("ffma"), 39142369720);
  EXPECT_EQ(of_op("hfma"), 275791872);
  EXPECT_EQ(of_op("hadd") + of_op("hmul") + of_op("dadd") + of_op("dmul") + of_op("dfma"), 0);
  EXPECT_EQ(sum(got, [](read_launch const& k) { return k.fp32(); }), 79679454712);
  std::int64_t measured_pass = 0;
  for (std::size_t i = 39; i < 77; ++i) measured_pass += l[i].fp32();
  EXPECT_EQ(measured_pass, 39800995580);
  EXPECT_EQ(l[30].op("ffma"), 128LL * 4096 * 9216);
  EXPECT_EQ(l[34].op("ffma"), 128LL * 4096 * 4096);
  EXPECT_EQ(l[37].op("ffma"), 554303488);
  EXPECT_EQ(l[1].op("ffma"), 128LL * 64 * 55 * 55 * 368);
  // Convolutions on the tensor cores, which these counters do not see.
  for (std::size_t const i : {14U, 19U, 24U}) {
    EXPECT_THAT(l[i].kernel, HasSubstr("xmma_new"));
    EXPECT_EQ(l[i].op("ffma"), 0);
  }
}

TEST_F(import_recording, alexnet_by_operator) {
  auto const got = of("hta/benchmark_result_924719_1679055439_trace.json.gz");
  std::map<std::string, std::int64_t> by;
  for (auto const& l : got.launches) {
    ASSERT_NE(l.record.operator_call, 0);
    by[got.data.operator_calls[static_cast<std::size_t>(l.record.operator_call - 1)].name] += l.fp32();
  }
  std::erase_if(by, [](auto const& entry) { return entry.second == 0; });
  EXPECT_THAT(
      by, UnorderedElementsAre(Pair("aten::uniform_", 77463552), Pair("aten::conv2d", 49376755712),
                               Pair("aten::adaptive_avg_pool2d", 45530616),
                               Pair("aten::native_dropout", 17154048), Pair("aten::linear", 30162550784)));
  auto const a = analyse(got.data);
  // Convolutions ran on the tensor cores, which nobody counted: not collected, no small number.
  EXPECT_FALSE(a.tree.measured_total.shown_multiply_add_flops());
  EXPECT_GT(a.tree.measured_total.launches_without_tensor_metrics, 0);
  EXPECT_GT(got.lost("import_no_shapes"), 0);
}

TEST_F(import_recording, linear_layers) {
  auto const got = of("leleucas/nsight1381.csv.zip");
  ASSERT_EQ(got.launches.size(), 2933U);
  std::vector<read_launch const*> gemms;
  for (auto const& l : got.launches) {
    for (auto const* part :
         {"ampere_sgemm", "sgemm_largek", "gemmSN_TN_kernel", "gemv2T_kernel", "dot_kernel"}) {
      if (l.kernel.find(part) == std::string::npos) continue;
      gemms.push_back(&l);
      break;
    }
  }
  auto const layers = nlohmann::json::parse(unpacked_text("leleucas/linear1381.json.gz"));
  ASSERT_EQ(gemms.size(), 1381U);
  ASSERT_EQ(layers.size(), 1381U);
  std::int64_t below = 0, equal = 0, above = 0, formula = 0, counted = 0;
  std::size_t worst = 0;
  std::vector<std::int64_t> macs;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::int64_t mnk = 1;
    for (std::int64_t const size : layers[i]["Input"][0]) mnk *= size;
    auto const& weight = layers[i]["Weight"][0];
    if (weight.size() > 1) mnk *= weight[0].get<std::int64_t>();
    macs.push_back(mnk);
    auto const ffma = gemms[i]->op("ffma");
    ++(ffma < mnk ? below : ffma == mnk ? equal : above);
    formula += 2 * mnk;
    counted += gemms[i]->fp32();
    if (static_cast<double>(ffma) / static_cast<double>(mnk) >
        static_cast<double>(gemms[worst]->op("ffma")) / static_cast<double>(macs[worst])) {
      worst = i;
    }
  }
  EXPECT_THAT((std::vector{below, equal, above}), ElementsAre(0, 248, 1133));
  EXPECT_EQ(formula, 5681329561296);
  EXPECT_EQ(counted, 5759819569904);
  EXPECT_EQ(worst, 235U);
  EXPECT_EQ(gemms[235]->op("ffma"), 655360);
  EXPECT_EQ(macs[235], 2048);
  EXPECT_EQ(sum(got, [](read_launch const& k) { return k.fp32(); }), 5768124315521);
  EXPECT_THAT(analyse(got.data).tree.measured_total.total_flops(), Optional(5768124315521));
  EXPECT_EQ(sum(got,
                [](read_launch const& k) {
                  return k.op("hadd") + k.op("hmul") + k.op("hfma") + k.op("dadd") + k.op("dmul") +
                         k.op("dfma") + k.tensor();
                }),
            0);
  std::int64_t copies = 0;
  for (auto const& l : got.launches) {
    if (l.kernel.find("copy_device_to_device") == std::string::npos) continue;
    ++copies;
    EXPECT_THAT(l.flops(), Optional(0));
  }
  EXPECT_EQ(copies, 631);
  // A second party's arithmetic, row by row: column "CC FLOPs".
  auto const table = unpacked_text("leleucas/pd_nsight1381.csv.gz");
  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);
  std::istringstream heads(line);
  int column = -1;
  for (int i = 0; std::getline(heads, line, ',');) column = line == "CC FLOPs" ? i++ : (++i, column);
  ASSERT_GE(column, 0);
  std::size_t row = 0;
  while (std::getline(lines, line)) {
    auto at = line.end();
    // Names of kernels have commas, in quotes; the column is counted outside them.
    bool quoted = false;
    int field = 0;
    std::string value;
    for (at = line.begin(); at != line.end(); ++at) {
      if (*at == '"') quoted = !quoted;
      if (*at == ',' && !quoted) {
        ++field;
      } else if (field == column && *at != '"') {
        value += *at;
      }
    }
    ASSERT_LT(row, gemms.size());
    EXPECT_EQ(static_cast<std::int64_t>(std::stod(value)), gemms[row]->fp32()) << row;
    ++row;
  }
  EXPECT_EQ(row, 1381U);
}

TEST_F(import_recording, attention_on_tensor_cores) {
  auto const g = of("leleucas/gpt2_flashattn_nsight.csv.gz");
  auto const b = of("leleucas/bert_flashattn_nsight.csv.gz");
  auto const s = of("leleucas/sam_flashattn_nsight.csv.gz");
  EXPECT_EQ(g.launches.size(), 10U);
  EXPECT_EQ(b.launches.size(), 10U);
  EXPECT_EQ(s.launches.size(), 9U);
  auto const flops = [](imported const& of_run, std::size_t i) { return of_run.launches[i].tensor() * 4096; };
  EXPECT_EQ(flops(g, 5), 2LL * 64 * 2304 * 768);
  EXPECT_EQ(flops(g, 8), 2LL * 64 * 768 * 768);
  EXPECT_EQ(flops(g, 7), 24LL * 2 * 2 * 32 * 128 * 64);
  EXPECT_EQ(flops(s, 5), 2LL * 448 * 768 * 256);
  EXPECT_EQ(flops(s, 8), 2LL * 448 * 256 * 256);
  EXPECT_EQ(flops(s, 7), 512LL * 2 * 2 * 16 * 128 * 32);
  EXPECT_EQ(flops(b, 5), 2LL * 64 * 768 * 256);
  EXPECT_EQ(flops(b, 8), 2LL * 48 * 256 * (4 * 128));
  EXPECT_EQ(flops(b, 7), 16LL * 2 * 2 * 32 * 128 * 32);
  // Of these kernels the name gives the instruction, and of no fused or wmma one.
  EXPECT_EQ(importing::instruction_flops_by_name(g.launches[5].kernel), 4096);
  EXPECT_EQ(importing::instruction_flops_by_name(g.launches[8].kernel), 4096);
  EXPECT_EQ(importing::instruction_flops_by_name(g.launches[7].kernel), 0);
  EXPECT_EQ(importing::instruction_flops_by_name(b.launches[5].kernel), 0);
  EXPECT_THAT(g.loss_text("import_tensor_derived"), HasSubstr("301,989,888 FLOPs"));
  // None of them is measured; the other launches are, although half-precision instructions use the tensor
  // pipe.
  for (auto const* run : {&g, &b, &s}) {
    for (std::size_t i = 0; i < run->launches.size(); ++i) {
      EXPECT_EQ(run->launches[i].flops().has_value(), i != 5 && i != 7 && i != 8) << i;
    }
    EXPECT_EQ(run->lost("import_tensor_uncounted"), 3);
  }
}

TEST_F(import_recording, attention_on_cuda_cores) {
  auto const t = of("leleucas/gpt2_torch_nsight.csv.gz");
  auto const m = of("leleucas/sam7-4096_torch_nsight.csv.gz");
  ASSERT_EQ(t.launches.size(), 26U);
  ASSERT_EQ(m.launches.size(), 23U);
  for (std::size_t const i : {6U, 10U, 14U, 22U}) EXPECT_EQ(t.launches[i].op("ffma"), 64LL * 768 * 768);
  EXPECT_EQ(t.launches[18].op("ffma"), 24LL * 128 * 128 * 64);
  EXPECT_EQ(t.launches[20].op("ffma"), 24LL * 128 * 128 * 32);
  for (std::size_t const i : {10U, 13U}) EXPECT_EQ(m.launches[i].op("ffma"), 262144LL * 256 * 256);
  EXPECT_EQ(m.launches[6].op("ffma"), 512LL * 256 * 256);
  EXPECT_EQ(m.launches[16].op("ffma"), 512LL * 8 * 4096 * 32);
  EXPECT_EQ(m.launches[18].op("ffma"), 512LL * 7 * 4096 * 32);
  // No matrix instruction anywhere: all of the tensor pipe's are half-precision ones of the CUDA cores.
  EXPECT_EQ(sum(t, [](read_launch const& k) { return k.tensor(); }), 59592);
  EXPECT_EQ(sum(t, [](read_launch const& k) { return k.op("hfma"); }), 59592 * 32);
  for (auto const* run : {&t, &m}) {
    EXPECT_EQ(run->lost("import_tensor_uncounted"), 0);
    for (auto const& l : run->launches) EXPECT_TRUE(l.flops()) << l.kernel;
  }
}

TEST_F(import_recording, half_precision_on_the_tensor_pipe) {
  int exact = 0, partial = 0;
  for (auto const* file :
       {"gpt2_flashattn", "bert_flashattn", "sam_flashattn", "gpt2_torch", "sam7-4096_torch"}) {
    for (auto const& l : of(std::string("leleucas/") + file + "_nsight.csv.gz").launches) {
      std::string lower = l.kernel;
      for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      bool const matrix = lower.find("gemm") != std::string::npos ||
                          lower.find("fmha") != std::string::npos ||
                          lower.find("cutlass") != std::string::npos;
      if (l.op("hfma") == 0 || matrix) continue;
      ++(l.op("hfma") == 32 * l.tensor() ? exact : partial);
    }
  }
  EXPECT_EQ(exact, 33);
  EXPECT_EQ(partial, 4);
}

TEST_F(import_recording, tensor_operations_and_metrics_that_do_not_exist) {
  struct fact {
    char const* file;
    std::int64_t flops;
  };
  for (auto const& f :
       {fact{"0001.ncu.metrics", 0}, fact{"0003.ncu.metrics", 2LL * 4864 * 128 * 1024},
        fact{"0009.ncu.metrics", 2592LL * 2 * 64 * 64 * (256 + 224)}, fact{"0009.ncu.details", 10192158720},
        fact{"0013.ncu.metrics", 80LL * 4 * 64 * 128 * 128}}) {
    auto const got = of(std::string("llm-perf-opt/kernel_") + f.file + ".csv");
    ASSERT_EQ(got.launches.size(), 1U) << f.file;
    auto const& l = got.launches.front();
    EXPECT_EQ(l["sm__ops_path_tensor_src_bf16_dst_fp32.sum"], f.flops) << f.file;
    // A matrix-vector product on the CUDA cores: 0 on the tensor cores says nothing of it.
    EXPECT_EQ(l.flops(), f.flops == 0 ? std::nullopt : std::optional(f.flops)) << f.file;
    EXPECT_THAT(got.loss_text("import_not_available"), HasSubstr("src_bf16_dst_bf16"));
    EXPECT_EQ(got.lost("import_counters_missing"), 9);
    EXPECT_EQ(got.data.info.at("compute_capability"), "12.0");
  }
  auto const grid = of("llm-perf-opt/kernel_0009.ncu.metrics.csv").launches.front().record;
  EXPECT_THAT((std::vector{grid.grid_x, grid.grid_y, grid.grid_z, grid.block_x, grid.block_y}),
              ElementsAre(4, 12, 54, 32, 4));
}

TEST_F(import_recording, several_files_follow_each_other) {
  auto const folder = recordings() / "llm-perf-opt";
  auto const got =
      import_files({folder / "kernel_0001.ncu.metrics.csv", folder / "kernel_0003.ncu.metrics.csv"});
  ASSERT_EQ(got.launches.size(), 2U);
  EXPECT_EQ(got.launches[1].record.order, 1);
}

TEST_F(import_recording, wide_page_with_double_precision) {
  auto const got = of("drgpu/vector_add.csv");
  ASSERT_EQ(got.launches.size(), 1U);
  auto const& l = got.launches.front();
  constexpr std::int64_t elements = 16384LL * 8192;
  EXPECT_EQ(l.record.grid_x * l.record.block_x, elements);
  EXPECT_EQ(l.op("dadd"), 0);
  EXPECT_EQ(l.op("dmul"), elements);
  EXPECT_EQ(l.op("dfma"), 2 * elements);
  EXPECT_THAT(l.flops(), Optional(5 * elements));
  EXPECT_EQ(got.data.info.at(info_key::gpu), "NVIDIA GeForce RTX 3060 Laptop GPU");
  EXPECT_EQ(got.data.info.at("compute_capability"), "8.6");
  for (auto const& [name, value] : l.counters) EXPECT_TRUE(name.ends_with(".sum")) << name;
}

TEST_F(import_recording, modules_of_a_vision_transformer) {
  auto const got = of("tracelens/h100_vit_nsfw.redacted.json.gz");
  EXPECT_EQ(got.launches.size(), 154U);
  EXPECT_EQ(got.data.scopes.size(), 214U);
  auto const by_scope = launches_by_scope(got);
  EXPECT_EQ(by_scope.size(), 149U);
  EXPECT_FALSE(by_scope.contains(0));
  EXPECT_EQ(got.data.info.at(info_key::gpu), "NVIDIA H100 80GB HBM3");
  auto flops = operator_flops(got);
  std::string const layer = "ViTModel_0.ViTEncoder_0.ViTLayer_0.";
  EXPECT_EQ(flops[layer + "ViTSdpaAttention_0.ViTSdpaSelfAttention_0.Linear_0"], 2LL * 788 * 768 * 768);
  EXPECT_EQ(flops[layer + "ViTIntermediate_0.Linear_4"], 2LL * 788 * 768 * 3072);
  EXPECT_EQ(flops["ViTModel_0.ViTEmbeddings_0.ViTPatchEmbeddings_0.Conv2d_0"], 2LL * 4 * 768 * 14 * 14 * 768);
  EXPECT_EQ(flops[layer + "ViTSdpaAttention_0.ViTSdpaSelfAttention_0"], 4LL * 4 * 12 * 197 * 197 * 64);
  auto const a = analyse(got.data);
  EXPECT_EQ(2 * a.tree.operator_total.macs, 140509200384);
  EXPECT_EQ(a.tree.measured_total.unmeasured_launches, 154);
  EXPECT_FALSE(a.tree.measured_collected);
}

TEST_F(import_recording, modules_of_a_language_model) {
  auto const got = of("tracelens/b200_eager_trace.json.gz");
  EXPECT_EQ(got.launches.size(), 768U);
  EXPECT_EQ(got.data.scopes.size(), 436U);
  auto by_scope = launches_by_scope(got);
  EXPECT_EQ(by_scope[0], 5);
  EXPECT_EQ(by_scope.size(), 364U);
  EXPECT_EQ(2 * analyse(got.data).tree.operator_total.macs, 235838453760);
  std::set<std::string> unsupported;
  for (auto const& c : got.data.operator_calls) {
    if (c.status == operator_status::unsupported) unsupported.insert(c.name);
  }
  EXPECT_TRUE(unsupported.contains("vllm::moe_forward"));
}

TEST_F(import_recording, nvtx_ranges_over_launches) {
  auto const got = of("nsightful/power_iteration__baseline.reduced.sqlite.gz");
  ASSERT_EQ(got.launches.size(), 3689U);
  std::map<std::string, int> inner;
  std::map<int, int> depths;
  for (auto const& l : got.launches) {
    int depth = 0;
    for (auto s = l.record.scope; s != 0; s = got.data.scopes[static_cast<std::size_t>(s - 1)].parent)
      ++depth;
    ++depths[depth];
    auto const path = got.path_of(l);
    auto name = path.substr(path.rfind('.') + 1);
    name.erase(name.find_last_not_of("0123456789") + 1);
    if (!name.empty()) ++inner[name];
  }
  EXPECT_THAT(inner, UnorderedElementsAre(Pair("Compute ", 1935), Pair("cub::DeviceReduce::Sum", 1130),
                                          Pair("Compute & Residual ", 616), Pair("Setup", 1)));
  EXPECT_THAT(depths, UnorderedElementsAre(Pair(3, 2551), Pair(4, 1126), Pair(0, 7), Pair(1, 5)));
  EXPECT_EQ(got.summary.measured_launches, 0);
  std::int64_t entries = 0;
  for (auto const& s : got.data.scopes) entries += s.entries;
  EXPECT_LE(entries, 786);
}

}  // namespace
}  // namespace flopwatch::test
