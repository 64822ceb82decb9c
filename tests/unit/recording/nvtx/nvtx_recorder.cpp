// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// An NVTX tool that keeps what it receives: "push <message>" and "pop" lines, with the domain's name.

#include <cstring>
#include <mutex>
#include <string>

#include <nvtx3/nvToolsExt.h>

namespace {

std::mutex mutex;
std::string log_text;     // guarded by mutex
std::string domain_name;  // guarded by mutex
int domain_object = 0;

nvtxDomainHandle_t NVTX_API create_domain(char const* name) {
  std::lock_guard const lock(mutex);
  domain_name = name;
  return reinterpret_cast<nvtxDomainHandle_t>(&domain_object);
}

int NVTX_API push(nvtxDomainHandle_t domain, nvtxEventAttributes_t const* attributes) {
  std::lock_guard const lock(mutex);
  log_text += "push ";
  log_text += domain == reinterpret_cast<nvtxDomainHandle_t>(&domain_object) ? domain_name : "?";
  log_text += " ";
  log_text += attributes->message.ascii;
  log_text += '\n';
  return 0;
}

int NVTX_API pop(nvtxDomainHandle_t domain) {
  std::lock_guard const lock(mutex);
  log_text += domain == reinterpret_cast<nvtxDomainHandle_t>(&domain_object) ? "pop\n" : "pop ?\n";
  return 0;
}

template <class Function>
void set(NvtxFunctionTable table, unsigned index, Function* function) {
  *reinterpret_cast<Function**>(table[index]) = function;
}

}  // namespace

extern "C" {

int InitializeInjectionNvtx2(NvtxGetExportTableFunc_t get_table) {
  auto const* const callbacks = static_cast<NvtxExportTableCallbacks const*>(get_table(NVTX_ETID_CALLBACKS));
  NvtxFunctionTable table = nullptr;
  unsigned size = 0;
  if (callbacks->GetModuleFunctionTable(NVTX_CB_MODULE_CORE2, &table, &size) == 0) return 0;
  set(table, NVTX_CBID_CORE2_DomainCreateA, &create_domain);
  set(table, NVTX_CBID_CORE2_DomainRangePushEx, &push);
  set(table, NVTX_CBID_CORE2_DomainRangePop, &pop);
  return 1;
}

/// Hands out what was received since the last call.
char const* take_nvtx_log() {
  static std::string handed_out;
  std::lock_guard const lock(mutex);
  handed_out.swap(log_text);
  log_text.clear();
  return handed_out.c_str();
}
}
