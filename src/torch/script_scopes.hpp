// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>

#include <ATen/core/ivalue.h>

#include "flopwatch/detail/scope_token.hpp"
#include "recording/thread_record.hpp"

namespace flopwatch::torch_layer {

/// The scopes of the modules inside one script module, while one of its methods runs on this thread. What
/// TorchScript inlined is known from the call stack that the interpreter keeps for each operator: calls at
/// different places are different calls, those that a loop makes at one place are one.
class script_scopes {
 public:
  /// `own_scope`: opens one for the module itself, too.
  script_scopes(c10::intrusive_ptr<c10::ivalue::Object> module, bool own_scope);
  ~script_scopes();
  script_scopes(script_scopes const&) = delete;
  script_scopes& operator=(script_scopes const&) = delete;

  /// An operator of the function begins.
  void follow(detail::thread_record& record);

 private:
  struct level {
    std::string instance;  ///< as the call stack names it: "a(B)"
    std::size_t place;     ///< of the call in its caller's text
    c10::intrusive_ptr<c10::ivalue::Object> module;
    bool opened = false;  ///< false where the module could not be told
    detail::scope_token scope;
  };
  void open(level& l, detail::thread_record& record);
  void close_down_to(std::size_t levels);

  c10::intrusive_ptr<c10::ivalue::Object> module_;
  std::deque<level> open_;
  detail::scope_token own_;
};

/// "B" of "__torch__.models.___torch_mangle_3.B"
[[nodiscard]] std::string short_type(c10::ivalue::Object const& module);

}  // namespace flopwatch::torch_layer
