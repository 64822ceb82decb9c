// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The ranges that can mark an iteration: scopes, and NVTX ranges of every kind.
#include <functional>
#include <thread>

#include <nvtx3/nvToolsExt.h>

#include "collect/iterations.hpp"

using namespace flopwatch::test;
using testing::IsEmpty;

namespace {

/// One way to mark an iteration: runs the function inside a range with that name.
struct way {
  char const* name;
  std::function<void(char const* range, std::function<void()> const&)> run;
};
void PrintTo(way const& w, std::ostream* out) { *out << w.name; }

nvtxEventAttributes_t attributes() {
  nvtxEventAttributes_t a{};
  a.version = NVTX_VERSION;
  a.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
  return a;
}

nvtxEventAttributes_t ascii(char const* text) {
  auto a = attributes();
  a.messageType = NVTX_MESSAGE_TYPE_ASCII;
  a.message.ascii = text;
  return a;
}

nvtxDomainHandle_t domain() {
  static auto* const d = nvtxDomainCreateA("training");
  return d;
}

std::vector<way> ways() {
  return {
      {"scope",
       [](char const* range, auto const& body) {
         flopwatch::scope const step(range);
         body();
       }},
      {"push",
       [](char const* range, auto const& body) {
         nvtxRangePushA(range);
         nvtxRangePushA("inner");
         body();
         nvtxRangePop();
         nvtxRangePop();
       }},
      {"push_wide",
       [](char const* range, auto const& body) {
         std::string const text(range);
         nvtxRangePushW(std::wstring(text.begin(), text.end()).c_str());
         body();
         nvtxRangePop();
       }},
      {"push_attributes",
       [](char const* range, auto const& body) {
         auto const a = ascii(range);
         nvtxRangePushEx(&a);
         body();
         nvtxRangePop();
       }},
      {"start_and_end_elsewhere",
       [](char const* range, auto const& body) {
         auto const id = nvtxRangeStartA(range);
         body();
         std::thread([&] { nvtxRangeEnd(id); }).join();
       }},
      {"domain",
       [](char const* range, auto const& body) {
         auto const a = ascii(range);
         auto const other = ascii("inner");
         nvtxDomainRangePushEx(domain(), &a);
         nvtxRangePushEx(&other);
         body();
         nvtxRangePop();
         nvtxDomainRangePop(domain());
       }},
      {"registered",
       [](char const* range, auto const& body) {
         auto a = attributes();
         a.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
         a.message.registered = nvtxDomainRegisterStringA(domain(), range);
         nvtxDomainRangePushEx(domain(), &a);
         body();
         nvtxDomainRangePop(domain());
       }},
      {"domain_start_end",
       [](char const* range, auto const& body) {
         auto const a = ascii(range);
         auto const id = nvtxDomainRangeStartEx(domain(), &a);
         body();
         nvtxDomainRangeEnd(domain(), id);
       }},
  };
}

class marked_by : public iterations, public testing::WithParamInterface<way> {};

TEST_P(marked_by, each_iteration_gives_the_next_group) {
  program gpu;
  flopwatch::session session{options()};
  session.start();
  gpu.launch("a");
  for (int i = 0; i < 10; ++i) {
    GetParam().run(i == 4 ? "another" : "step", [&] {
      flopwatch::scope const net("net");
      gpu.launch("a");
      gpu.launch("gemm");
    });
    gpu.launch("a");
  }
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 3);
  EXPECT_EQ(r.counters(0).at(tensor_bf16), 0);
  EXPECT_EQ(r.counters(1).at(tensor_bf16), 1024);
  EXPECT_EQ(r.scope(0), GetParam().name == std::string("scope") ? "step.net" : "net");
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_EQ(r.data.info.at("replay_mode"), "iteration");
}

INSTANTIATE_TEST_SUITE_P(ranges, marked_by, testing::ValuesIn(ways()),
                         [](auto const& of) { return std::string(of.param.name); });

TEST_F(iterations, other_ranges_that_end_inside_do_not_end_it) {
  program gpu;
  auto const step = ascii("step");
  std::vector<std::function<void()>> const ranges{
      [&] {
        nvtxRangePushA("step");
        nvtxRangePushA("inner");
        nvtxRangePop();
        gpu.launch("a");
        nvtxRangePop();
      },
      [&] {
        auto const id = nvtxRangeStartA("step");
        nvtxRangeEnd(nvtxRangeStartA("inner"));
        gpu.launch("a");
        nvtxRangeEnd(id);
      },
      [&] {
        nvtxRangePushA("around");
        nvtxDomainRangePushEx(domain(), &step);
        nvtxRangePop();
        gpu.launch("a");
        nvtxDomainRangePop(domain());
      },
  };
  for (auto const& range : ranges) {
    flopwatch::session session{marked("step")};
    session.start();
    range();
    gpu.launch("a");
    auto const r = record_of(session.stop());
    EXPECT_EQ(r.launches.size(), 1U);
    EXPECT_THAT(r.losses(), IsEmpty());
  }
}

TEST_F(iterations, nvtx_answers_with_levels) {
  EXPECT_LT(nvtxRangePop(), 0) << "nothing is open";
  EXPECT_EQ(nvtxRangePushA("one"), 0);
  EXPECT_EQ(nvtxRangePushA("two"), 1);
  EXPECT_EQ(nvtxRangePop(), 1);
  EXPECT_EQ(nvtxRangePop(), 0);
  EXPECT_LT(nvtxRangePop(), 0);
  EXPECT_EQ(nvtxRangePushA("three"), 0);
  EXPECT_EQ(nvtxRangePop(), 0);
}

TEST_F(iterations, may_be_named_in_any_script) {
  constexpr char const* name = "\xC3\xA9tape \xE6\xA8\xA1 \xF0\x9F\x98\x80";
  constexpr wchar_t const* wide = L"\u00e9tape \u6a21 \U0001F600";
  program gpu;
  auto unicode = attributes();
  unicode.messageType = NVTX_MESSAGE_TYPE_UNICODE;
  unicode.message.unicode = wide;
  auto registered = attributes();
  registered.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
  registered.message.registered = nvtxDomainRegisterStringW(domain(), wide);
  auto const plain = ascii(name);
  std::vector<std::function<void()>> const ranges{
      [&] {
        nvtxRangePushW(wide);
        gpu.launch("a");
        nvtxRangePop();
      },
      [&] {
        nvtxRangePushEx(&unicode);
        gpu.launch("a");
        nvtxRangePop();
      },
      [&] {
        nvtxDomainRangePushEx(domain(), &registered);
        gpu.launch("a");
        nvtxDomainRangePop(domain());
      },
      [&] {
        auto const id = nvtxRangeStartW(wide);
        gpu.launch("a");
        nvtxRangeEnd(id);
      },
      [&] {
        auto const id = nvtxRangeStartEx(&plain);
        gpu.launch("a");
        nvtxRangeEnd(id);
      },
  };
  for (auto const& range : ranges) {
    flopwatch::session session{marked(name)};
    session.start();
    range();
    auto const r = record_of(session.stop());
    EXPECT_EQ(r.launches.size(), 1U);
    EXPECT_THAT(r.losses(), IsEmpty());
  }
}

}  // namespace
