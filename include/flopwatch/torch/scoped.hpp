// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include <torch/nn/pimpl.h>

#include "flopwatch/torch/module_call.hpp"

/// \file
/// C++ modules have no forward hooks, so a module's scope has to be opened by its type. Three ways:
/// 1. `flopwatch::nn`, a namespace with torch's names (nn.hpp), and FLOPWATCH_MODULE for the user's own
///    modules: covers `m(x)`, `m->forward(x)`, Sequential, AnyModule and `clone()`.
/// 2. `scoped<Holder>`: only the declared type of a member changes; covers `m(x)` alone.
/// 3. `module_scope` inside a module's own `forward` (module_call.hpp), or a plain `scope`.

namespace flopwatch {

namespace detail {

/// A module whose calls open a scope by themselves.
class scope_aware {
 public:
  virtual ~scope_aware() = default;
  /// The Impl that the user wrote, without flopwatch's layer.
  [[nodiscard]] virtual std::type_info const& module_type() const noexcept = 0;
};

/// Notes that calls of this object go through a `scoped` holder.
void note_scoped_object(std::shared_ptr<torch::nn::Module> const& module);

}  // namespace detail

// Local names are long here: a short one would shadow members of the user's Impl.

/// An Impl whose `forward` opens its scope. `clone()` gives a scoped module again where Impl can be copied,
/// else what Impl's own gives.
template <class Impl>
class scoped_impl_base : public Impl, public detail::scope_aware {
 public:
  using Impl::Impl;
  explicit scoped_impl_base(Impl const& other) requires std::is_copy_constructible_v<Impl> : Impl(other) {}

  [[nodiscard]] std::type_info const& module_type() const noexcept override { return typeid(Impl); }

  /// `forward` with any arguments that Impl's takes, default arguments left out.
  template <class... Args, class Plain = Impl>
  auto scoped_call(Args&&... args) -> decltype(std::declval<Plain&>().forward(std::forward<Args>(args)...)) {
    module_scope open_scope(static_cast<torch::nn::Module const*>(this), typeid(Impl), args...);
    using result_type = decltype(std::declval<Impl&>().forward(std::forward<Args>(args)...));
    if constexpr (std::is_void_v<result_type>) {
      this->Impl::forward(std::forward<Args>(args)...);
      open_scope.returns_nothing();
    } else {
      return open_scope.returns(this->Impl::forward(std::forward<Args>(args)...));
    }
  }

  /// For recurrent modules; absent where Impl has none.
  template <class... Args, class Plain = Impl>
  auto forward_with_packed_input(Args&&... args)
      -> decltype(std::declval<Plain&>().forward_with_packed_input(std::forward<Args>(args)...)) {
    module_scope open_scope(static_cast<torch::nn::Module const*>(this), typeid(Impl), args...);
    return open_scope.returns(Plain::forward_with_packed_input(std::forward<Args>(args)...));
  }

 protected:
  template <class Scoped>
  std::shared_ptr<torch::nn::Module> clone_as(std::optional<torch::Device> const& device) const {
    // Impl's own clone copies deeply; the copy's tensors and children move into an object of our type.
    if constexpr (!std::is_copy_constructible_v<Impl>) {
      return Impl::clone(device);  // a copy that opens no scope: ours is made by copying
    } else {
      auto const cloned_impl = std::dynamic_pointer_cast<Impl>(Impl::clone(device));
      TORCH_CHECK(cloned_impl != nullptr, "clone() of ", this->name(), " gave a module of another type");
      return std::make_shared<Scoped>(*cloned_impl);
    }
  }
};

namespace detail {

/// The type of `&Impl::forward`; void where `forward` is overloaded, a template, or not there.
template <class Impl>
struct forward_type {
  using type = void;
};
template <class Impl>
requires requires { &Impl::forward; }
struct forward_type<Impl> {
  using type = decltype(&Impl::forward);
};

}  // namespace detail

/// The scoped form of `Impl`, with a `forward` of the very same signature: AnyModule and Sequential read the
/// argument types off `&Module::forward`.
template <class Impl, class Signature = typename detail::forward_type<Impl>::type>
class scoped_impl;

/// With a `forward` for each of Impl's that can be called with the arguments. AnyModule and Sequential do not
/// take such a module, as they do not take Impl itself. A braced list has no type here: `m({x, y})` does not
/// compile.
template <class Impl>
class scoped_impl<Impl, void> : public scoped_impl_base<Impl> {
 public:
  using scoped_impl_base<Impl>::scoped_impl_base;
  explicit scoped_impl(Impl const& other) requires std::is_copy_constructible_v<Impl>
      : scoped_impl_base<Impl>(other) {}
  template <class... Args, class Plain = Impl>
  auto forward(Args&&... args) -> decltype(std::declval<Plain&>().forward(std::forward<Args>(args)...)) {
    return this->scoped_call(std::forward<Args>(args)...);
  }
  std::shared_ptr<torch::nn::Module> clone(
      std::optional<torch::Device> const& device = std::nullopt) const override {
    return this->template clone_as<scoped_impl>(device);
  }
};

// NOLINTBEGIN(bugprone-macro-parentheses): qualifiers, and names that are declared
#define FLOPWATCH_SCOPED_IMPL_(qualifiers)                                                         \
  template <class Impl, class Class, class Result, class... Args>                                  \
  class scoped_impl<Impl, Result (Class::*)(Args...) qualifiers> : public scoped_impl_base<Impl> { \
   public:                                                                                         \
    using scoped_impl_base<Impl>::scoped_impl_base;                                                \
    explicit scoped_impl(Impl const& other) requires std::is_copy_constructible_v<Impl>            \
        : scoped_impl_base<Impl>(other) {}                                                         \
    Result forward(Args... args) { return this->scoped_call(std::forward<Args>(args)...); }        \
    std::shared_ptr<torch::nn::Module> clone(                                                      \
        std::optional<torch::Device> const& device = std::nullopt) const override {                \
      return this->template clone_as<scoped_impl>(device);                                         \
    }                                                                                              \
  }
FLOPWATCH_SCOPED_IMPL_();
FLOPWATCH_SCOPED_IMPL_(const);
FLOPWATCH_SCOPED_IMPL_(noexcept);
FLOPWATCH_SCOPED_IMPL_(const noexcept);
// NOLINTEND(bugprone-macro-parentheses)
#undef FLOPWATCH_SCOPED_IMPL_

/// The module holder of `scoped_impl<Impl>`: what `torch::nn::Linear` is to `LinearImpl`.
template <class ImplType>
class scoped_holder : public torch::nn::ModuleHolder<scoped_impl<ImplType>> {
 public:
  using Impl = ImplType;
  using torch::nn::ModuleHolder<scoped_impl<ImplType>>::ModuleHolder;

  template <class... Args>
  auto operator()(Args&&... args)
      -> decltype(std::declval<scoped_impl<ImplType>&>().scoped_call(std::forward<Args>(args)...)) {
    return this->get()->scoped_call(std::forward<Args>(args)...);
  }
};

/// A holder whose call operator opens the scope; the Impl stays the user's. `scoped<torch::nn::Linear> fc`
/// instead of `torch::nn::Linear fc` is all that changes: construction, `register_module` and assignment
/// stay as they are. It covers `fc(x)` alone: `fc->forward(x)` opens no scope, nor does the module put
/// into a Sequential or AnyModule, since those keep the Impl.
template <class Holder>
class scoped : public Holder {
 public:
  scoped() { note(); }
  scoped(std::nullptr_t) : Holder(nullptr) {}  // NOLINT(google-explicit-constructor)
  template <class Head, class... Tail>
  requires(!std::is_convertible_v<Head, Holder> &&
           std::is_constructible_v<Holder, Head, Tail...>) explicit scoped(Head&& head, Tail&&... tail)
      : Holder(std::forward<Head>(head), std::forward<Tail>(tail)...) {
    note();
  }
  scoped(Holder holder) : Holder(std::move(holder)) { note(); }   // NOLINT(google-explicit-constructor)
  scoped(std::shared_ptr<typename Holder::ContainedType> module)  // NOLINT(google-explicit-constructor)
      : Holder(std::move(module)) {
    note();
  }

  template <class... Args>
  auto operator()(Args&&... args) -> decltype(std::declval<Holder&>()->forward(std::forward<Args>(args)...)) {
    auto& module = *this->get();
    module_scope scope(module, args...);
    return scope.returns(module.forward(std::forward<Args>(args)...));
  }

 private:
  void note() {
    if (!this->is_empty()) detail::note_scoped_object(this->ptr());
  }
};

}  // namespace flopwatch

/// TORCH_MODULE's twin for the user's own modules: `FLOPWATCH_MODULE(Attention);` after `AttentionImpl`
/// defines the holder `Attention`, whose calls open their scope in every way of calling.
// NOLINTBEGIN(bugprone-macro-parentheses): a name that is declared
#define FLOPWATCH_MODULE(Name)                                   \
  class Name : public ::flopwatch::scoped_holder<Name##Impl> {   \
   public:                                                       \
    using ::flopwatch::scoped_holder<Name##Impl>::scoped_holder; \
  }
// NOLINTEND(bugprone-macro-parentheses)
