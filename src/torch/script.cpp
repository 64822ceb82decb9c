// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/script.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include <ATen/SequenceNumber.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/codegen/fuser/interface.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/pass_manager.h>
#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/tensorexpr/codegen.h>
#include <torch/csrc/jit/tensorexpr/kernel.h>

#include "recording/recording.hpp"
#include "torch/dispatch_state.hpp"
#include "torch/encode.hpp"
#include "torch/script_operators.hpp"
#include "torch/script_scopes.hpp"
#include "torch/script_work.hpp"

namespace flopwatch::torch_layer {

constinit thread_local int open_script_functions = 0;

namespace {

using detail::record_access;
using detail::thread_record;
using graph_pointer = std::shared_ptr<torch::jit::Graph>;

std::atomic<bool> modules_are_hooked{false};

/// What is known of graphs while a recording runs. It keeps them, so that their addresses stay theirs.
class known_graphs {
 public:
  bool has_own_operators(graph_pointer const& graph) {
    std::lock_guard const lock(mutex_);
    auto const [at, is_new] = graphs_.try_emplace(graph);
    if (is_new) at->second.own_operators = torch_layer::has_own_operators(*graph);
    return at->second.own_operators;
  }
  std::shared_ptr<script_work const> work_of(graph_pointer const& graph, c10::ArrayRef<c10::IValue> inputs) {
    std::vector<std::int64_t> key;
    bool const keeps = fixed(*graph) && words_of(inputs, key);
    if (keeps) {
      std::lock_guard const lock(mutex_);
      auto const& works = graphs_[graph].works;
      if (auto const at = works.find(key); at != works.end()) return at->second;
    }
    auto work = std::make_shared<script_work const>(torch_layer::work_of(*graph, inputs));
    if (keeps) {
      std::lock_guard const lock(mutex_);
      auto& works = graphs_[graph].works;
      if (works.size() < max_works) works.emplace(std::move(key), work);
    }
    return work;
  }
  void clear() noexcept {
    std::lock_guard const lock(mutex_);
    graphs_.clear();
  }

 private:
  static constexpr std::size_t max_works = 256;

  /// It depends on its inputs alone: a frozen module has no attributes.
  static bool fixed(torch::jit::Graph const& graph) {
    return std::none_of(graph.block()->nodes().begin(), graph.block()->nodes().end(),
                        [](torch::jit::Node const* n) { return n->kind() == c10::prim::GetAttr; });
  }
  /// False where the words do not tell inputs apart.
  static bool words_of(c10::ArrayRef<c10::IValue> inputs, std::vector<std::int64_t>& words) {
    args_encoder encoder;
    c10::DispatchKeySet keys;
    for (auto const& v : inputs.slice(1)) {
      if (v.isString() || v.isObject() || v.isGenericDict() || v.isTuple()) return false;
      encode(v, encoder, keys);
    }
    words.assign(encoder.words().begin(), encoder.words().end());
    return true;
  }

  struct known {
    bool own_operators = false;
    std::map<std::vector<std::int64_t>, std::shared_ptr<script_work const>> works;
  };
  std::mutex mutex_;
  std::map<graph_pointer, known> graphs_;
};

known_graphs& graphs() {
  static known_graphs all;
  return all;
}

/// The graph that the method runs: the optimized one, or, while it is profiled, the one that is profiled.
graph_pointer graph_of(c10::ivalue::Object const& module, char const* method) {
  auto* const function = module.type()->findMethod(method);
  auto* const graph_function = function == nullptr ? nullptr : torch::jit::tryToGraphFunction(*function);
  if (graph_function == nullptr) return nullptr;
  auto& executor = graph_function->get_executor();
  if (executor.isOptimized()) {
    auto const state = executor.getDebugState();
    if (!state.execution_plans.empty()) return state.execution_plans.begin()->second.graph;
  }
  return graph_function->optimized_graph();
}

/// Torch was built with LLVM, or the program said that the fuser of the CPU shall do without.
bool has_cpu_fuser() {
  using torch::jit::tensorexpr::RegisterCodeGenList;
  if (!torch::jit::canFuseOnCPU()) return false;
  if (!torch::jit::tensorexpr::getTEMustUseLLVMOnCPU()) return true;
  try {
    (void)RegisterCodeGenList::GetInstance().FindStmtFactoryMethod("llvm_codegen");
    return true;
  } catch (std::exception const&) {
    return false;
  }
}

/// Whether TorchScript may have fused what runs on these inputs.
bool may_be_fused(c10::ArrayRef<c10::IValue const> inputs) {
  // Another fuser: oneDNN's, where the program enabled it.
  if (!torch::jit::getCustomPrePasses().empty() || !torch::jit::getCustomPostPasses().empty()) return true;
  if (!torch::jit::tensorExprFuserEnabled()) return false;
  if (has_cpu_fuser()) return true;
  return torch::jit::canFuseOnGPU() && std::any_of(inputs.begin(), inputs.end(), [](c10::IValue const& v) {
           return v.isTensor() && v.toTensor().defined() && v.toTensor().is_cuda();
         });
}

/// One function that the interpreter runs.
struct script_function {
  std::shared_ptr<script_work const> work;  ///< its own operators; null: it has none
  std::string name;
  std::optional<script_scopes> scopes;
  int exceptions = std::uncaught_exceptions();
  std::int64_t first_node = static_cast<std::int64_t>(at::sequence_number::peek());  ///< of autograd
  /// Functions ran inside that are no methods: the fallback of a fused group, say, whose work is seen.
  bool calls_functions = false;
  bool ended = false;  ///< a function that waits can end on another thread than it began on
};

struct open_function final : at::ObserverContext {
  std::shared_ptr<script_function> function;
};

/// Of this thread, innermost last.
std::vector<std::shared_ptr<script_function>>& open_functions() {
  thread_local std::vector<std::shared_ptr<script_function>> open;
  return open;
}

void drop_ended() {
  auto& open = open_functions();
  while (!open.empty() && open.back()->ended) open.pop_back();
  open_script_functions = static_cast<int>(open.size());
}

bool is_frozen(c10::ivalue::Object const& module) { return !module.type()->hasAttribute("training"); }

/// `outer`: the function whose interpreter calls this one, or null.
void begin(at::RecordFunction const& fn, thread_record& record, script_function& f, script_function* outer) {
  auto const inputs = fn.inputs();
  if (inputs.empty() || !inputs[0].isObject() || !inputs[0].toObjectRef().type()->is_module()) {
    if (outer != nullptr) {
      outer->calls_functions = true;
    } else if (may_be_fused(inputs)) {
      record_access const access(record);
      if (access) record.note(loss::script_not_counted, 1, f.name);
    }
    return;
  }
  auto const module = inputs[0].toObject();
  f.name = short_type(*module) + "." + fn.name();
  if (auto const graph = graph_of(*module, fn.name()); graph != nullptr) {
    if (graphs().has_own_operators(graph)) {
      std::vector<c10::IValue> const values(inputs.begin(), inputs.end());
      f.work = graphs().work_of(graph, values);
    }
  }
  if (outer != nullptr) return;
  if (is_frozen(*module)) {
    record_access const access(record);
    if (access) record.note(loss::script_frozen, 1, f.name);
  }
  f.scopes.emplace(module, !modules_are_hooked.load(std::memory_order_relaxed));
}

/// Counts the operators of the interpreter's own that ran.
void count(script_function const& f, thread_record& record) {
  record_access const access(record);
  if (!access || record.inside_counted()) return;
  auto& registry = detail::this_thread.owner->operators();
  bool doubtful = false;
  for (auto const& op : f.work->operators) {
    if (op.fused && f.calls_functions) {
      doubtful = true;
      continue;
    }
    record.enter_operator(registry.find(op.name, op.overload, {}), op.args);
    record.leave_operator();
  }
  if (doubtful) record.note(loss::script_not_counted, 1, "fused groups in " + f.name);
  for (auto const& name : f.work->unknown) record.note(loss::script_not_counted, 1, name + " in " + f.name);
}

/// The node of a differentiable graph is made by no operator call: its backward work is the module's.
void remember_nodes(at::RecordFunction const& fn, script_function const& f, thread_record& record) {
  record_access const access(record);
  if (!access) return;
  auto const end = static_cast<std::int64_t>(at::sequence_number::peek());
  auto first = end;
  while (first > f.first_node && record.forward_scope(first - 1) == nullptr) --first;
  for (; first < end; ++first) record.remember_sequence(fn.threadId(), first);
}

std::unique_ptr<at::ObserverContext> enter(at::RecordFunction const& fn) {
  try {
    drop_ended();
    auto context = std::make_unique<open_function>();
    context->function = std::make_shared<script_function>();
    auto& open = open_functions();
    auto* const outer = open.empty() ? nullptr : open.back().get();
    open.push_back(context->function);
    ++open_script_functions;
    auto* const record = detail::current_record();
    if (record == nullptr || record->inside_counted() || in_fake_mode()) return context;
    context->function->name = fn.name();
    try {
      begin(fn, *record, *context->function, outer);
    } catch (std::exception const&) {
      record_access const access(*record);
      if (access) record->note(loss::script_not_counted, 1, context->function->name);
    }
    return context;
  } catch (...) {
    // Out of memory: nothing may escape into the program.
    return nullptr;
  }
}

void leave(at::RecordFunction const& fn, at::ObserverContext* context) {
  if (context == nullptr) return;
  try {
    auto const function = static_cast<open_function*>(context)->function;
    auto const& open = open_functions();
    bool const is_here = std::find(open.begin(), open.end(), function) != open.end();
    function->ended = true;
    drop_ended();
    if (is_here) function->scopes.reset();  // else its own thread closes them
    auto* const record = detail::current_record();
    if (record == nullptr || std::uncaught_exceptions() > function->exceptions) return;
    if (is_here && open.empty()) remember_nodes(fn, *function, *record);
    if (function->work != nullptr) count(*function, *record);
  } catch (...) {
    // Out of memory.
  }
}

}  // namespace

void follow_script(at::RecordFunction const& fn, thread_record& record) noexcept {
  if (fn.scope() != at::RecordScope::FUNCTION || record.inside_counted()) return;
  try {
    drop_ended();
    auto const& open = open_functions();
    if (!open.empty() && open.front()->scopes) open.front()->scopes->follow(record);
  } catch (...) {
    // Out of memory: the work belongs to the scope around it.
  }
}

void script_modules_are_hooked() noexcept { modules_are_hooked.store(true, std::memory_order_relaxed); }

void script_observer::attach() {
  handle_ = at::addGlobalCallback(at::RecordFunctionCallback(&enter, &leave)
                                      .needsInputs(true)
                                      .scopes({at::RecordScope::TORCHSCRIPT_FUNCTION}));
}

void script_observer::detach() noexcept {
  if (handle_ != at::INVALID_CALLBACK_HANDLE) at::removeCallback(handle_);
  handle_ = at::INVALID_CALLBACK_HANDLE;
  graphs().clear();
}

}  // namespace flopwatch::torch_layer
