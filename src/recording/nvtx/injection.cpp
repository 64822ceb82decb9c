// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// This file is the NVTX tool of a program that has no other one.
#include "recording/nvtx/injection.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <nvtx3/nvToolsExt.h>

#include "recording/nvtx/iteration_marks.hpp"
#include "recording/nvtx/range_listener.hpp"

namespace flopwatch::detail {
namespace {

using text = std::string;

range_listener* listener() noexcept { return listening_to_ranges.load(std::memory_order_acquire); }

/// A domain's handle is the address of its name.
std::string_view name_of(nvtxDomainHandle_t domain) noexcept {
  return domain == nullptr ? std::string_view() : *reinterpret_cast<text const*>(domain);
}

/// Wide text in UTF-8, without invalid code points.
text narrow(wchar_t const* wide) {
  text out;
  for (; wide != nullptr && *wide != 0; ++wide) {
    auto const c = static_cast<std::uint32_t>(*wide);  // NOLINT(bugprone-signed-char-misuse): wide
    auto const tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((c >> shift) & 0x3fU)); };
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xc0U | (c >> 6U));
      tail(0);
    } else if (c < 0x10000) {
      out += static_cast<char>(0xe0U | (c >> 12U));
      tail(6), tail(0);
    } else if (c < 0x110000) {
      out += static_cast<char>(0xf0U | (c >> 18U));
      tail(12), tail(6), tail(0);
    }
  }
  return out;
}

/// Strings that the program registered: a handle is the address of one. Kept until the program ends.
class registered_strings {
 public:
  nvtxStringHandle_t add(text string) {
    std::lock_guard const lock(mutex_);
    return reinterpret_cast<nvtxStringHandle_t>(&all_.emplace_back(std::move(string)));
  }

 private:
  std::mutex mutex_;
  std::deque<text> all_;
};

registered_strings& strings() {
  static auto* const it = new registered_strings;
  return *it;
}

/// Ranges that one thread has open in one domain.
struct open_ranges {
  nvtxDomainHandle_t domain = nullptr;
  int depth = 0;
  int marked_depth = 0;         ///< of the range that is an iteration
  std::uint64_t iteration = 0;  ///< 0: no range is one
};

thread_local std::vector<open_ranges> of_this_thread;

open_ranges& ranges_in(nvtxDomainHandle_t domain) {
  for (auto& d : of_this_thread) {
    if (d.domain == domain) return d;
  }
  return of_this_thread.emplace_back(open_ranges{domain});
}

/// Ranges that may end on another thread: the id of the one that is an iteration.
std::atomic<std::uint64_t> last_id{0};
std::atomic<std::uint64_t> marked_id{0};
std::atomic<std::uint64_t> marked_iteration{0};

text message_of(nvtxEventAttributes_t const* a) {
  if (a == nullptr) return {};
  switch (a->messageType) {
    case NVTX_MESSAGE_TYPE_ASCII:
      return a->message.ascii == nullptr ? text() : text(a->message.ascii);
    case NVTX_MESSAGE_TYPE_UNICODE:
      return narrow(a->message.unicode);
    case NVTX_MESSAGE_TYPE_REGISTERED:
      return a->message.registered == nullptr ? text()
                                              : *reinterpret_cast<text const*>(a->message.registered);
    default:
      return {};
  }
}

template <class Message>
int push(nvtxDomainHandle_t domain, Message const& message) noexcept {
  try {
    auto& ranges = ranges_in(domain);
    ++ranges.depth;
    if (iterations_watched.load(std::memory_order_acquire) && ranges.iteration == 0) {
      ranges.iteration = range_opened(message());
      ranges.marked_depth = ranges.depth;
    }
    if (auto* const to = listener()) to->pushed(name_of(domain), message());
    return ranges.depth - 1;
  } catch (...) {  // out of memory
    return NVTX_NO_PUSH_POP_TRACKING;
  }
}

int pop(nvtxDomainHandle_t domain) noexcept {
  try {
    auto& ranges = ranges_in(domain);
    if (ranges.depth == 0) return NVTX_NO_PUSH_POP_TRACKING;
    if (auto* const to = listener()) to->popped(name_of(domain));
    if (ranges.iteration != 0 && ranges.depth == ranges.marked_depth) {
      range_closed(std::exchange(ranges.iteration, 0));
    }
    return --ranges.depth;
  } catch (...) {
    return NVTX_NO_PUSH_POP_TRACKING;
  }
}

template <class Message>
nvtxRangeId_t start(nvtxDomainHandle_t domain, Message const& message) noexcept {
  auto const id = last_id.fetch_add(1, std::memory_order_relaxed) + 1;
  try {
    if (iterations_watched.load(std::memory_order_acquire)) {
      if (auto const iteration = range_opened(message()); iteration != 0) {
        marked_iteration.store(iteration, std::memory_order_relaxed);
        marked_id.store(id, std::memory_order_release);
      }
    }
    if (auto* const to = listener()) to->started(id, name_of(domain), message());
  } catch (...) {
    // Out of memory.
  }
  return id;
}

void end(nvtxRangeId_t id) noexcept {
  if (auto* const to = listener()) to->ended(static_cast<std::uint64_t>(id));
  auto expected = static_cast<std::uint64_t>(id);
  if (marked_id.compare_exchange_strong(expected, 0, std::memory_order_acq_rel)) {
    range_closed(marked_iteration.load(std::memory_order_relaxed));
  }
}

nvtxDomainHandle_t new_domain(text name) noexcept {
  // Where nobody listens flopwatch does not need its own ranges.
  if (name == "flopwatch" && listener() == nullptr) return nullptr;
  try {
    return reinterpret_cast<nvtxDomainHandle_t>(strings().add(std::move(name)));
  } catch (...) {
    return nullptr;
  }
}

text or_none(char const* s) { return s == nullptr ? text() : text(s); }

// --- what NVTX calls ---

int NVTX_API push_ex(nvtxEventAttributes_t const* a) {
  return push(nullptr, [&] { return message_of(a); });
}
int NVTX_API push_a(char const* m) {
  return push(nullptr, [&] { return or_none(m); });
}
int NVTX_API push_w(wchar_t const* m) {
  return push(nullptr, [&] { return narrow(m); });
}
int NVTX_API pop_default() { return pop(nullptr); }
nvtxRangeId_t NVTX_API start_ex(nvtxEventAttributes_t const* a) {
  return start(nullptr, [&] { return message_of(a); });
}
nvtxRangeId_t NVTX_API start_a(char const* m) {
  return start(nullptr, [&] { return or_none(m); });
}
nvtxRangeId_t NVTX_API start_w(wchar_t const* m) {
  return start(nullptr, [&] { return narrow(m); });
}
void NVTX_API end_default(nvtxRangeId_t id) { end(id); }

int NVTX_API domain_push_ex(nvtxDomainHandle_t d, nvtxEventAttributes_t const* a) {
  return push(d, [&] { return message_of(a); });
}
int NVTX_API domain_pop(nvtxDomainHandle_t d) { return pop(d); }
nvtxRangeId_t NVTX_API domain_start_ex(nvtxDomainHandle_t d, nvtxEventAttributes_t const* a) {
  return start(d, [&] { return message_of(a); });
}
void NVTX_API domain_end(nvtxDomainHandle_t /*d*/, nvtxRangeId_t id) { end(id); }
nvtxDomainHandle_t NVTX_API domain_create_a(char const* name) { return new_domain(or_none(name)); }
nvtxDomainHandle_t NVTX_API domain_create_w(wchar_t const* name) { return new_domain(narrow(name)); }

nvtxStringHandle_t NVTX_API register_a(nvtxDomainHandle_t /*d*/, char const* s) {
  return strings().add(or_none(s));
}
nvtxStringHandle_t NVTX_API register_w(nvtxDomainHandle_t /*d*/, wchar_t const* s) {
  return strings().add(narrow(s));
}

template <class Function>
std::pair<int, NvtxFunctionPointer> entry(int id, Function* function) {
  return {id, reinterpret_cast<NvtxFunctionPointer>(function)};
}

template <std::size_t N>
bool fill(NvtxExportTableCallbacks const& callbacks, NvtxCallbackModule module,
          std::array<std::pair<int, NvtxFunctionPointer>, N> const& entries) {
  NvtxFunctionTable table = nullptr;
  unsigned size = 0;
  if (callbacks.GetModuleFunctionTable(module, &table, &size) == 0 || table == nullptr) return false;
  for (auto const& [id, function] : entries) {
    if (static_cast<unsigned>(id) < size) *table[id] = function;
  }
  return true;
}

}  // namespace

int nvtx_injection::attach(void const* (*get)(std::uint32_t table)) {
  auto const* const callbacks = static_cast<NvtxExportTableCallbacks const*>(get(NVTX_ETID_CALLBACKS));
  if (callbacks == nullptr || callbacks->struct_size < sizeof(NvtxExportTableCallbacks)) return 0;
  std::array const core{
      entry(NVTX_CBID_CORE_RangePushEx, &push_ex),   entry(NVTX_CBID_CORE_RangePushA, &push_a),
      entry(NVTX_CBID_CORE_RangePushW, &push_w),     entry(NVTX_CBID_CORE_RangePop, &pop_default),
      entry(NVTX_CBID_CORE_RangeStartEx, &start_ex), entry(NVTX_CBID_CORE_RangeStartA, &start_a),
      entry(NVTX_CBID_CORE_RangeStartW, &start_w),   entry(NVTX_CBID_CORE_RangeEnd, &end_default),
  };
  std::array const core2{
      entry(NVTX_CBID_CORE2_DomainRangePushEx, &domain_push_ex),
      entry(NVTX_CBID_CORE2_DomainRangePop, &domain_pop),
      entry(NVTX_CBID_CORE2_DomainRangeStartEx, &domain_start_ex),
      entry(NVTX_CBID_CORE2_DomainRangeEnd, &domain_end),
      entry(NVTX_CBID_CORE2_DomainCreateA, &domain_create_a),
      entry(NVTX_CBID_CORE2_DomainCreateW, &domain_create_w),
      entry(NVTX_CBID_CORE2_DomainRegisterStringA, &register_a),
      entry(NVTX_CBID_CORE2_DomainRegisterStringW, &register_w),
  };
  bool const good =
      fill(*callbacks, NVTX_CB_MODULE_CORE, core) && fill(*callbacks, NVTX_CB_MODULE_CORE2, core2);
  return good ? 1 : 0;
}

}  // namespace flopwatch::detail
