// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "flopwatch/audit.hpp"

namespace flopwatch {
namespace {

using model_document = nlohmann::json;

constexpr std::array<audit_model_number, 11> model_numbers{{
    {"tokens", &audit_model::tokens},
    {"sequence_length", &audit_model::sequence_length},
    {"layers", &audit_model::layers},
    {"heads", &audit_model::heads},
    {"key_heads", &audit_model::key_heads},
    {"head_size", &audit_model::head_size},
    {"hidden_size", &audit_model::hidden_size},
    {"feed_forward_size", &audit_model::feed_forward_size},
    {"vocabulary", &audit_model::vocabulary},
    {"experts", &audit_model::experts},
    {"active_experts", &audit_model::active_experts},
}};

[[noreturn]] void refuse_model(std::string const& why) {
  throw usage_error(
      fmt::format("this is no model to audit: {}; flopwatch.audit_model in Python writes one", why));
}

std::int64_t whole_number(model_document const& entry, std::string const& name) {
  if (!entry.is_number_integer() || entry.get<std::int64_t>() < 0) refuse_model(name + " is no whole number");
  return entry.get<std::int64_t>();
}

parameter_role role_of(model_document const& entry) {
  auto const name = entry.is_string() ? entry.get<std::string>() : "";
  if (name == "product") return parameter_role::product;
  if (name == "lookup") return parameter_role::lookup;
  if (name == "vector") return parameter_role::vector;
  refuse_model("the role of a parameter is product, lookup or vector");
}

audit_parameter parameter_of(model_document const& entry) {
  audit_parameter p;
  p.module = entry.at("module").get<std::string>();
  p.name = entry.at("name").get<std::string>();
  p.elements = whole_number(entry.at("elements"), "elements");
  p.role = role_of(entry.at("role"));
  p.trainable = entry.value("trainable", true);
  p.expert = entry.value("expert", false);
  p.shared_with = entry.value("shared_with", std::string());
  return p;
}

}  // namespace

std::span<audit_model_number const> audit_model_numbers() noexcept { return model_numbers; }

void read_audit_model(std::string_view json, audit_model& model) {
  try {
    auto const document = model_document::parse(json);
    if (!document.is_object()) refuse_model("it is no object");
    for (auto const& [name, member] : model_numbers) {
      if (auto const it = document.find(name); it != document.end())
        model.*member = whole_number(*it, std::string(name));
    }
    if (!document.contains("parameters")) return;
    model.parameters.clear();
    for (auto const& entry : document.at("parameters")) model.parameters.push_back(parameter_of(entry));
    model.parameters_known = true;
  } catch (model_document::exception const& e) {
    refuse_model(e.what());
  }
}

}  // namespace flopwatch
